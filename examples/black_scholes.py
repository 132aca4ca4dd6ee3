"""European call and put prices by the Black-Scholes formula over a book of options."""
import math

import numpy as np


def cnd(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def price(n, spot, strike, years, rate, vol, call, put):
    for i in range(n):
        root = vol[i] * math.sqrt(years[i])
        d1 = (math.log(spot[i] / strike[i]) + (rate + 0.5 * vol[i] * vol[i]) * years[i]) / root
        d2 = d1 - root
        discounted = strike[i] * math.exp(-rate * years[i])
        call[i] = spot[i] * cnd(d1) - discounted * cnd(d2)
        put[i] = discounted * cnd(-d2) - spot[i] * cnd(-d1)


n = 200_000
k = np.arange(n)
spot = 80.0 + (k * 7 % 400) / 10.0
strike = 90.0 + (k * 13 % 200) / 10.0
years = 0.1 + (k * 3 % 100) / 50.0
vol = 0.1 + (k * 11 % 40) / 100.0
call, put = np.zeros(n), np.zeros(n)
rate = 0.03
price(n, spot, strike, years, rate, vol, call, put)
gap = 0.0
for i in range(n):
    parity = spot[i] - strike[i] * math.exp(-rate * years[i])
    gap = max(gap, abs(call[i] - put[i] - parity))
print(f"{n} options priced; put-call parity holds to 1e-9: {bool(gap < 1e-9)}")
print("   spot  strike  years   vol      call       put")
for i in range(0, n, 39_999):
    print(f"{spot[i]:7.2f} {strike[i]:7.2f} {years[i]:6.2f} {vol[i]:5.2f} {call[i]:9.4f} {put[i]:9.4f}")
