"""Heat spreading through a square metal plate with one hot edge (explicit finite differences)."""
import numpy as np


def step(u, v, n, alpha):
    for i in range(1, n - 1):
        for j in range(1, n - 1):
            v[i, j] = u[i, j] + alpha * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4.0 * u[i, j])


def copy_inside(u, v, n):
    for i in range(1, n - 1):
        for j in range(1, n - 1):
            u[i, j] = v[i, j]


def main():
    n, steps, alpha = 200, 250, 0.2
    u = np.zeros((n, n))
    for j in range(n):
        u[0, j] = 100.0
    v = u.copy()
    for _ in range(steps):
        step(u, v, n, alpha)
        copy_inside(u, v, n)
    print(f"plate {n}x{n} after {steps} steps, hot edge at 100 degrees")
    for depth in (1, 5, 10, 20, 40):
        print(f"  {depth:3d} cells in: {u[depth, n // 2]:8.4f}")
    shades = " .:-=+*#%@"
    for i in range(0, 24, 2):
        print("".join(shades[min(9, int(u[i, j] / 10.01))] for j in range(0, n, 3)).rstrip())


main()
