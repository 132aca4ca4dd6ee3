"""Loop nests over plain lists: reductions, recurrences, an index that raises in the middle."""


def matmul(n, a, b):
    c = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            for k in range(n):
                c[i][j] += a[i][k] * b[k][j]
    return c


def prefix(a):
    for i in range(1, len(a)):
        a[i] += a[i - 1]
    return a


def shift(a, b):
    for i in range(len(a)):
        a[i] = b[i + 1] / (b[i] - 7)


n = 12
a = [[(i * 3 + j) % 7 for j in range(n)] for i in range(n)]
print(sum(map(sum, matmul(n, a, a))))
print(prefix(list(range(1, 20))))
for b in ([1.0, 2.0, 3.0], [1.0, 7.0, 3.0, 4.0]):
    target = [0.0] * 3
    try:
        shift(target, b)
        print("done", target)
    except (IndexError, ZeroDivisionError) as e:
        print(type(e).__name__, e, target)
