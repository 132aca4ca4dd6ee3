# Inner loops that get hot in the middle of a trip of the loop around them.


def carried(n, m):
    total = 0
    for i in range(n):
        s = 0
        x = i * 2 + 1
        y = x / (m + 1)
        for j in range(1, m - 1):
            s += j * x
            total += s % 7
            last = j
        out = s + y
        total += int(out) % 1000
    return total, s, x, y, i, j, last


def inner_while(n):
    c = 0
    for i in range(n):
        k = i
        while k > 1:
            k = k // 2 if k % 2 == 0 else 3 * k + 1
            c += 1
    return c, k, i


def downwards(n):
    a = [0.5] * n
    for i in range(n - 1, -1, -1):
        acc = 0.0
        for j in range(n - 1, -1, -2):
            acc = acc * 0.99 + a[j] * j
            if acc > 1e6:
                acc -= 1e6
        a[i] = acc
    return a[0], a[n - 1], sum(a), i, j, acc


def long_rows(n, m):
    # the first row is cut into pieces
    a = [[(i * j) % 11 for j in range(m)] for i in range(n)]
    for i in range(n):
        for j in range(1, m):
            a[i][j] = a[i][j - 1] + a[i][j] * (j % 3)
        a[i][0] = a[i][m - 1]
    return [sum(r) for r in a], i, j


def leaves_in_a_piece(n, m):
    a = [1] * m
    seen = []
    for i in range(n):
        for j in range(m):
            if j == 700 and i % 5 == 0:
                seen.append((i, j, a[j]))
            a[j] += i
    return seen, a[-1], i, j


def moving_bound(n):
    # the range was made before its bound moved
    c = 0
    m = n
    for i in range(n):
        for j in range(m):
            if j == 45:
                m = n - i
            c += 1
    return c, m, i, j


def own_counter(n):
    # the outer variable is changed inside
    c = 0
    for i in range(n):
        i = i * 2
        for j in range(n):
            c += i - j
            if j == 90:
                i += 1
    return c, i, j


def jumps(n):
    c = 0
    for i in range(n):
        if i % 7 == 3:
            continue
        for j in range(n):
            if (i * j) % 13 == 5:
                continue
            if j > 2 * i + 60:
                break
            c += j
        if c > 10**7:
            break
    return c, i, j


def raises(n, where):
    a = [1.0] * n
    c = 0.0
    try:
        for i in range(1, n):
            for j in range(n):
                c += a[j] / (where - i * j)
    except ZeroDivisionError as e:
        return str(e), i, j, c
    return "none", i, j, c


def out_of_range(n):
    a = list(range(n))
    try:
        for i in range(n):
            for j in range(n):
                a[i] = a[i + j // 50] + 1
    except IndexError as e:
        return str(e), i, j, sum(a)


def grows(n):
    x = 1
    for i in range(n):
        for j in range(n):
            x = x * 3 + j
            if x > 2**80:
                x %= 1000003
    return x, i, j


def conditional(n):
    c = 0
    for i in range(n):
        if i % 2:
            step = 0.5
        for j in range(n):
            if i:
                c += step * j
        tail = c - i
    return c, step, tail, i, j


def cube(n):
    a = [[[(i + j + k) % 5 for k in range(n)] for j in range(n)] for i in range(n)]
    s = 0
    for i in range(1, n):
        for j in range(1, n):
            for k in range(1, n):
                a[i][j][k] = (a[i - 1][j][k] + a[i][j - 1][k] + a[i][j][k - 1]) % 1009
            s += a[i][j][n - 1]
    return s, i, j, k


print(carried(300, 400))
print(inner_while(3000))
print(downwards(300))
print(long_rows(12, 3000))
print(leaves_in_a_piece(12, 2000))
print(moving_bound(200))
print(own_counter(150))
print(jumps(300))
print(raises(400, 9973 * 2))
print(raises(400, 70))
print(out_of_range(300))
print(grows(100))
print(conditional(200))
print(cube(40))
for repeat in range(3):
    print(carried(60, 90 + repeat), cube(12 + repeat), jumps(70 + repeat))
