"""The Mandelbrot set in plain Python, drawn with characters."""


def escape(cr, ci, limit):
    zr = zi = 0.0
    n = 0
    while n < limit and zr * zr + zi * zi <= 4.0:
        zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
        n += 1
    return n


def main():
    width, height, limit = 78, 32, 2000
    shades = " .,:;i1tfLCG08@"
    inside = 0
    for row in range(height):
        line = []
        for col in range(width):
            n = escape(-2.2 + 3.2 * col / width, -1.2 + 2.4 * row / height, limit)
            inside += n == limit
            line.append("#" if n == limit else shades[min(n // 2, len(shades) - 1)])
        print("".join(line).rstrip())
    print(f"{inside} of {width * height} points never escaped within {limit} steps")


main()
