# Nests that a device takes only in another form: split, exchanged, cut into parts. Every configuration prints the same.
import numpy as np


def split(n, a, b, c, d):
    for i in range(1, n):
        a[i] = a[i - 1] + b[i]
        c[i] = b[i] * np.float32(2.0)
        d[i] = a[i] + c[i - 1]


def crossing(n, a, b, c):
    # t crosses the cut: it is too dear to compute twice, and b changes
    for i in range(1, n):
        t = b[i] * b[i] + b[i] * np.float32(0.5) + b[i] * b[i] * b[i] + b[i] * b[i] * b[i] * np.float32(0.25) + b[i]
        b[i] = t + np.float32(1.0)
        a[i] = a[i - 1] * np.float32(0.5) + t
        c[i] = t * np.float32(3.0)
    return float(t), i


def count(n, x):
    c = 0
    for i in range(n):
        if x[i] > np.float32(0.5):
            c += 1
    return c, i


def total(n, x, lo, hi):
    s = 0
    least = lo
    most = hi
    bits = 0
    for i in range(n):
        v = x[i]
        s += int(v)
        least = min(least, int(v))
        if v > most:
            most = int(v)
        bits ^= int(v)
    return s, least, most, bits


def grow(n, x):
    # the sum leaves 64 bits
    s = 2 ** 53 - 10
    for i in range(n):
        s += int(x[i])
    return s


def anything(n, x, limit):
    found = False
    for i in range(n):
        if x[i] > limit:
            found = True
    return found


def outer(n, t, a, w):
    for s in range(t):
        for i in range(n):
            a[i] = a[i] * w + np.float32(0.5)


def product(n, a, b, c):
    for k in range(n):
        for i in range(n):
            for j in range(n):
                c[i, j] += a[i, k] * b[k, j]


def atax(n, m, a, x, y, tmp):
    for i in range(n):
        tmp[i] = np.float32(0.0)
        for j in range(m):
            tmp[i] += a[i, j] * x[j]
        for j in range(m):
            y[j] += a[i, j] * tmp[i]


def stride(n, a, b):
    k = 3
    for i in range(n):
        a[k] = b[i] + np.float32(1.0)
        k += 2
    return k


def counted(n, a, b):
    i = 0
    while i < n:
        a[i] = b[i] * np.float32(2.0)
        i += 1
    return i


def skipping(n, a, b, c):
    for i in range(1, n):
        if b[i] < np.float32(0.25):
            continue
        a[i] = a[i - 1] + b[i]
        c[i] = b[i] + np.float32(4.0)


def steps(n, t, a, b):
    # time stepping: the loops inside are nests of their own
    for s in range(t):
        for i in range(1, n - 1):
            b[i] = (a[i - 1] + a[i] + a[i + 1]) * np.float32(0.25)
        for i in range(1, n - 1):
            a[i] = b[i]
    return s


def timed(n, t, a, b, c):
    # split, with launches inside the sequential part
    for s in range(1, t):
        c[s] = np.float32(s) * np.float32(0.5)
        for i in range(1, n - 1):
            b[i] = (a[i - 1] + a[i] + a[i + 1]) * np.float32(0.25)
        for i in range(1, n - 1):
            a[i] = b[i]


def raising(n, a, b, at):
    for i in range(1, n):
        a[i] = a[i - 1] + b[i]
        b[i] = b[i] * np.float32(2.0)
        if i == at:
            raise ValueError(i)


def beyond(n, a, b, c):
    for i in range(1, n):
        a[i] = a[i - 1] + b[i]
        c[i + 5] = b[i] * np.float32(2.0)


def dividing(n, a, b, q):
    for i in range(1, n):
        a[i] = a[i - 1] + b[i]
        b[i] = b[i] + 100 // q[i]


def show(*arrays):
    print(*[float(np.sum(x * np.arange(1, x.size + 1, dtype=x.dtype).reshape(x.shape))) for x in arrays])


def f32(n, k=7, m=13):
    return ((np.arange(n) * k % m) / 8).astype(np.float32)


for n in (1, 2, 40, 300):
    a, b, c, d = f32(n + 8), f32(n + 8, 5), f32(n + 8, 3), f32(n + 8, 2)
    split(n, a, b, c, d)
    show(a, b, c, d)
    if n > 1:
        print(*crossing(n, a, b, c))
    show(a, b, c)
    x = (np.arange(n) * 7919 % 1009 - 300).astype(np.int32)
    print(count(n, c), total(n, x, 0, 0), anything(n, b, np.float32(1.25)), anything(n, b, np.float32(99)))
    print(total(n, x, -10**6, 10**6), grow(n, x), grow(n, -x))
    outer(n, 5, a, np.float32(0.5))
    show(a)
    wide = np.zeros(2 * n + 9, np.float32)
    print(stride(n, wide, b), counted(n, wide, b))
    skipping(n, a, b, c)
    show(wide, a, c)
    if n > 2:
        print(steps(n, 4, a, b))
        timed(n, 6, a, b, c)
        show(a, b, c)

n = 24
p, q, r = f32(n * n).reshape(n, n), f32(n * n, 3).reshape(n, n), np.zeros((n, n), np.float32)
product(n, p, q, r)
show(r)
y, tmp = np.zeros(n, np.float32), np.zeros(n, np.float32)
atax(n, n, p, f32(n), y, tmp)
show(y, tmp)

for f, more in ((raising, (17,)), (beyond, (f32(43),))):
    a, b = f32(43), f32(43, 3)
    try:
        f(43, a, b, *more)
    except (ValueError, IndexError) as e:
        print(type(e).__name__, e)
    show(a, b)
a, b, q = np.arange(50), np.arange(50) * 3, np.arange(50) - 31
try:
    dividing(50, [int(v) for v in a], l := [int(v) for v in b], [int(v) for v in q])
except ZeroDivisionError as e:
    print(e, l[:35])


def shift(n, a, b):
    for i in range(n):
        a[i] = a[i + 1] * np.float32(0.5) + b[i]


def mixed(n, a):
    for i in range(n - 1):
        for j in range(1, n):
            a[i, j] = a[i, j - 1] + a[i + 1, j]


def best(n, x):
    least, at = np.float32(9.0), -1
    most, last = np.float32(-9.0), -1
    for i in range(n):
        if x[i] < least:
            least = x[i]
            at = i
        if x[i] >= most:
            most = x[i]
            last = i
    return float(least), at, float(most), last


for n in (1, 7, 300):
    a, b = f32(n + 8), f32(n + 8, 5)
    shift(n, a, b)
    show(a)
    print(best(n, a), best(n, b))
c = f32(100).reshape(10, 10)
mixed(10, c)
show(c)
mixed(9, c.T)
show(c)
print(best(20000, f32(20000, 37, 1009)), total(20000, np.arange(20000, dtype=np.int32), 5, 5))


def around(n, a, b):
    last = n - 1
    for i in range(n):
        a[i] = b[i] + b[last]
        last = i
    return last


for n in (1, 2, 300):
    a, b = f32(n), f32(n, 5)
    print(around(n, a, b))
    show(a)
