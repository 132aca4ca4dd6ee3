"""Sieve of Eratosthenes over a plain list of bools."""

N = 300_000


def sieve(n, prime):
    prime[0] = prime[1] = False
    i = 2
    while i * i < n:
        if prime[i]:
            for k in range(i * i, n, i):
                prime[k] = False
        i += 1
    count = 0
    for k in range(n):
        if prime[k]:
            count += 1
    return count


def main():
    return sieve(N, [True] * N)


if __name__ == "__main__":
    print(main())
