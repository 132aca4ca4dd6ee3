"""Matrix product, written as everybody first writes it, and a check against a known identity."""
import time

import numpy as np


def matmul(n, a, b, c):
    for i in range(n):
        for j in range(n):
            s = 0.0
            for k in range(n):
                s += a[i, k] * b[k, j]
            c[i, j] = s


n = 240
i, j = np.indices((n, n))
a = np.cos(np.pi * (i + 0.5) * j / n) * np.sqrt(2.0 / n)
a[:, 0] = np.sqrt(1.0 / n)
b = a.T.copy()
c = np.zeros((n, n))
start = time.perf_counter()
matmul(n, a, b, c)
seconds = time.perf_counter() - start
worst = 0.0
for r in range(n):
    for q in range(n):
        worst = max(worst, abs(c[r, q] - (1.0 if r == q else 0.0)))
print(f"an orthogonal {n}x{n} matrix times its transpose is the identity")
print(f"largest deviation below 1e-12: {bool(worst < 1e-12)}")
print(f"trace: {sum(float(c[k, k]) for k in range(n)):.6f}")
import sys
print(f"{2 * n**3 / seconds / 1e6:.0f} MFLOP/s", file=sys.stderr)
