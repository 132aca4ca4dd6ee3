"""Escape times of the Mandelbrot set: a while loop over floats inside two loops, no arrays."""

WIDTH, HEIGHT, LIMIT = 120, 80, 200


def escapes(width, height, limit):
    total = 0
    for row in range(height):
        ci = -1.2 + 2.4 * row / height
        for col in range(width):
            cr = -2.2 + 3.2 * col / width
            zr = zi = 0.0
            n = 0
            while n < limit and zr * zr + zi * zi <= 4.0:
                zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
                n += 1
            total += n
    return total


def main():
    return escapes(WIDTH, HEIGHT, LIMIT)


if __name__ == "__main__":
    print(main())
