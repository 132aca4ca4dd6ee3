"""Conway's Game of Life on a torus: a glider gun's worth of generations."""
import numpy as np

ACORN = [(0, 1), (1, 3), (2, 0), (2, 1), (2, 4), (2, 5), (2, 6)]


def generation(n, old, new):
    for i in range(n):
        for j in range(n):
            up, down = (i - 1) % n, (i + 1) % n
            left, right = (j - 1) % n, (j + 1) % n
            c = (old[up, left] + old[up, j] + old[up, right] + old[i, left]
                 + old[i, right] + old[down, left] + old[down, j] + old[down, right])
            if c == 3 or (c == 2 and old[i, j] == 1):
                new[i, j] = 1
            else:
                new[i, j] = 0


n = 96
old, new = np.zeros((n, n), np.int32), np.zeros((n, n), np.int32)
for r, c in ACORN:
    old[n // 2 + r, n // 2 + c] = 1
print("generation  alive")
for g in range(401):
    if g % 80 == 0:
        print(f"{g:10d} {int(old.sum()):6d}")
    generation(n, old, new)
    old, new = new, old
for i in range(n // 2 - 12, n // 2 + 14, 2):
    print("".join(" '.:"[2 * int(old[i, j]) + int(old[i + 1, j])] if not (old[i, j] and old[i + 1, j]) else ":" for j in range(10, 88)).rstrip())
