"""Primes counted by trial division: while loops over ints, no arrays."""

N = 20_000


def primes(n):
    count = 0
    candidate = 2
    while candidate < n:
        divisor = 2
        while divisor * divisor <= candidate:
            if candidate % divisor == 0:
                break
            divisor += 1
        else:
            count += 1
        candidate += 1
    return count


def main():
    return primes(N)


if __name__ == "__main__":
    print(main())
