"""Bodies under gravity: positions and velocities in lists of floats, a triangular nest that updates both sides of a pair."""
import math

N = 40
STEPS = 20


def advance(n, dt, x, y, vx, vy, m):
    for i in range(n):
        for j in range(i + 1, n):
            dx = x[i] - x[j]
            dy = y[i] - y[j]
            d2 = dx * dx + dy * dy + 0.01
            f = dt / (d2 * math.sqrt(d2))
            vx[i] -= dx * m[j] * f
            vy[i] -= dy * m[j] * f
            vx[j] += dx * m[i] * f
            vy[j] += dy * m[i] * f
    for i in range(n):
        x[i] += dt * vx[i]
        y[i] += dt * vy[i]


def main():
    x = [math.cos(0.7 * i) * (1.0 + 0.1 * i) for i in range(N)]
    y = [math.sin(0.7 * i) * (1.0 + 0.1 * i) for i in range(N)]
    vx, vy = [0.0] * N, [0.0] * N
    m = [1.0 + 0.25 * (i % 4) for i in range(N)]
    for _ in range(STEPS):
        advance(N, 0.001, x, y, vx, vy, m)
    return sum(x) + sum(y)


if __name__ == "__main__":
    print(main())
