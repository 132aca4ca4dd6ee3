"""A histogram of a million pseudo-random throws: two dice, and how close to theory they come."""
import numpy as np


def throw(n, seed, out):
    x = seed
    for i in range(n):
        x = (x * 16807) % 2147483647
        a = x % 6
        x = (x * 16807) % 2147483647
        out[i] = a + x % 6 + 2


def count(n, throws, bins):
    for i in range(n):
        bins[throws[i]] += 1


n = 1_000_000
throws = np.zeros(n, np.int64)
bins = np.zeros(13, np.int64)
throw(n, 20260101, throws)
count(n, throws, bins)
print("sum  throws   share  theory")
for total in range(2, 13):
    theory = (6 - abs(total - 7)) / 36
    share = int(bins[total]) / n
    print(f"{total:3d} {int(bins[total]):7d}  {share:6.4f}  {theory:6.4f}  {'*' * round(share * 200)}")
