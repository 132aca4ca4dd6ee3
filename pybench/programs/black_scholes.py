"""European call prices: log, exp, sqrt and erf a trip, and a helper function that is inlined."""
import math

import numpy as np

N = 20_000


def cnd(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def price(n, spot, strike, years, rate, vol, call):
    for i in range(n):
        root = vol * math.sqrt(years[i])
        d1 = (math.log(spot[i] / strike[i]) + (rate + 0.5 * vol * vol) * years[i]) / root
        call[i] = spot[i] * cnd(d1) - strike[i] * math.exp(-rate * years[i]) * cnd(d1 - root)


def main():
    k = np.arange(N)
    spot = 80.0 + (k * 7 % 400) / 10.0
    strike = 90.0 + (k * 13 % 200) / 10.0
    years = 0.1 + (k * 3 % 100) / 50.0
    call = np.zeros(N)
    price(N, spot, strike, years, 0.03, 0.25, call)
    return round(float(call[0]) + float(call[N // 2]) + float(call[N - 1]), 9)


if __name__ == "__main__":
    print(main())
