"""Five-point stencil over a float64 grid, several steps back and forth between two arrays."""
import numpy as np

N = 120
STEPS = 16


def step(n, u, v):
    for i in range(1, n - 1):
        for j in range(1, n - 1):
            v[i, j] = 0.2 * (u[i, j] + u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1])


def main():
    u = np.zeros((N, N))
    u[N // 2, N // 2] = 1000.0
    v = u.copy()
    for _ in range(STEPS):
        step(N, u, v)
        u, v = v, u
    return float(u[N // 2, N // 2]) + float(u[N // 2 + 3, N // 2 - 2])


if __name__ == "__main__":
    print(main())
