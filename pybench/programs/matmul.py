"""Matrix product of two float64 arrays, three plain loops."""
import numpy as np

N = 96


def matmul(n, a, b, c):
    for i in range(n):
        for j in range(n):
            s = 0.0
            for k in range(n):
                s += a[i, k] * b[k, j]
            c[i, j] = s


def main():
    a = (np.arange(N * N, dtype=np.float64).reshape(N, N) % 17.0) / 16.0
    b = (np.arange(N * N, dtype=np.float64).reshape(N, N) % 13.0) / 8.0
    c = np.zeros((N, N))
    matmul(N, a, b, c)
    return float(c[3, 5]) + float(c[N - 1, N - 1])


if __name__ == "__main__":
    print(main())
