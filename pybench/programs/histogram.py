"""Histogram through an index array: an indirect subscript that several trips may share."""
import numpy as np

N = 200_000
BINS = 64


def fill(n, values):
    x = 12345
    for i in range(n):
        x = (x * 16807) % 2147483647
        values[i] = x % 1000


def count(n, values, bins, width):
    for i in range(n):
        bins[values[i] * width // 1000] += 1


def main():
    values = np.zeros(N, np.int64)
    bins = np.zeros(BINS, np.int64)
    fill(N, values)
    count(N, values, bins, BINS)
    return [int(bins[k]) for k in (0, 1, BINS // 2, BINS - 1)]


if __name__ == "__main__":
    print(main())
