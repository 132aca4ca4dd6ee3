"""y += a * x on float32 arrays: one product and one sum a trip, each rounded to 32 bits."""
import numpy as np

N = 100_000
ROUNDS = 4


def saxpy(n, a, x, y):
    for i in range(n):
        y[i] = a * x[i] + y[i]


def main():
    x = (np.arange(N) % 1000).astype(np.float32) * np.float32(0.001)
    y = np.ones(N, np.float32)
    for _ in range(ROUNDS):
        saxpy(N, np.float32(1.5), x, y)
    return [float(y[k]) for k in (1, N // 2 + 7, N - 1)]


if __name__ == "__main__":
    print(main())
