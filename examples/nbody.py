"""Sun and four giant planets under gravity: energy is conserved, step after step."""
import math

NAMES = ["Sun", "Jupiter", "Saturn", "Uranus", "Neptune"]
DAYS = 365.24
SOLAR = 4 * math.pi**2
POSITION = [
    [0.0, 0.0, 0.0],
    [4.84143144246472090, -1.16032004402742839, -0.10362204447112311],
    [8.34336671824457987, 4.12479856412430479, -0.40352341711432138],
    [12.8943695621391310, -15.1111514016986312, -0.22330757889265573],
    [15.3796971148509165, -25.9193146099879641, 0.17925877295037118],
]
VELOCITY = [
    [0.0, 0.0, 0.0],
    [0.00166007664274403694 * DAYS, 0.00769901118419740425 * DAYS, -0.0000690460016972063023 * DAYS],
    [-0.00276742510726411021 * DAYS, 0.00499852801234917238 * DAYS, 0.0000230417297573763929 * DAYS],
    [0.00296460137564761618 * DAYS, 0.00237847173959480950 * DAYS, -0.0000296589568540237556 * DAYS],
    [0.00268067772490389322 * DAYS, 0.00162824170038242295 * DAYS, -0.0000951592254519715870 * DAYS],
]
MASS = [SOLAR, 0.000954791938424326609 * SOLAR, 0.000285885980666130812 * SOLAR, 0.0000436624404335156298 * SOLAR, 0.0000515138902046611451 * SOLAR]


def advance(n, dt, x, v, m):
    for i in range(n):
        for j in range(i + 1, n):
            dx = x[i][0] - x[j][0]
            dy = x[i][1] - x[j][1]
            dz = x[i][2] - x[j][2]
            d2 = dx * dx + dy * dy + dz * dz
            mag = dt / (d2 * math.sqrt(d2))
            v[i][0] -= dx * m[j] * mag
            v[i][1] -= dy * m[j] * mag
            v[i][2] -= dz * m[j] * mag
            v[j][0] += dx * m[i] * mag
            v[j][1] += dy * m[i] * mag
            v[j][2] += dz * m[i] * mag
    for i in range(n):
        for d in range(3):
            x[i][d] += dt * v[i][d]


def energy(n, x, v, m):
    e = 0.0
    for i in range(n):
        e += 0.5 * m[i] * sum(c * c for c in v[i])
        for j in range(i + 1, n):
            e -= m[i] * m[j] / math.dist(x[i], x[j])
    return e


def main():
    n = len(MASS)
    for d in range(3):
        VELOCITY[0][d] = -sum(MASS[i] * VELOCITY[i][d] for i in range(n)) / SOLAR
    print(f"energy at the start: {energy(n, POSITION, VELOCITY, MASS):.9f}")
    for year in range(3):
        for _ in range(2500):
            advance(n, 0.0004, POSITION, VELOCITY, MASS)
        print(f"after {year + 1} year(s):    {energy(n, POSITION, VELOCITY, MASS):.9f}")
    for name, p in zip(NAMES, POSITION):
        print(f"{name:8s} {p[0]:11.6f} {p[1]:11.6f} {p[2]:11.6f}")


main()
