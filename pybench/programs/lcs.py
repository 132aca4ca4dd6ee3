"""Longest common subsequence by dynamic programming on lists of lists: every cell needs the one above and the one to the left."""

N = 400


def lcs(n, a, b, best):
    for i in range(1, n + 1):
        for j in range(1, n + 1):
            if a[i - 1] == b[j - 1]:
                best[i][j] = best[i - 1][j - 1] + 1
            else:
                best[i][j] = max(best[i - 1][j], best[i][j - 1])
    return best[n][n]


def main():
    a = [(i * i + 3 * i) % 7 for i in range(N)]
    b = [(i * 5 + i // 3) % 7 for i in range(N)]
    return lcs(N, a, b, [[0] * (N + 1) for _ in range(N + 1)])


if __name__ == "__main__":
    print(main())
