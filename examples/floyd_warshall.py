"""All shortest paths in a ring of towns with some shortcuts (Floyd-Warshall on lists of lists)."""
INF = 10**9


def shortest(n, dist, via):
    for k in range(n):
        for i in range(n):
            for j in range(n):
                d = dist[i][k] + dist[k][j]
                if d < dist[i][j]:
                    dist[i][j] = d
                    via[i][j] = via[i][k]


def path(via, a, b):
    towns = [a]
    while a != b:
        a = via[a][b]
        towns.append(a)
    return towns


n = 120
dist = [[0 if i == j else INF for j in range(n)] for i in range(n)]
via = [[j for j in range(n)] for _ in range(n)]
for i in range(n):
    for j, d in (((i + 1) % n, 7), ((i * 5 + 2) % n, 11 + i % 4), ((i * 3 + 50) % n, 30)):
        if i != j and d < dist[i][j]:
            dist[i][j] = d
shortest(n, dist, via)
far = max((dist[i][j], i, j) for i in range(n) for j in range(n))
print(f"{n} towns; the farthest pair is {far[1]} -> {far[2]}, {far[0]} km apart")
print("  the way:", " ".join(map(str, path(via, far[1], far[2]))))
print(f"average distance: {sum(map(sum, dist)) / (n * (n - 1)):.3f} km")
