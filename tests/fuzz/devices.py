# Writes a program of random loop nests over float32 and int32 arrays, of the kind that devices take after transforms; the seed is the argument.
import random
import sys

r = random.Random(int(sys.argv[1]))
LINES = ["a", "b", "c"]
SQUARES = ["p", "q"]


def near(iv):
    return r.choice([iv, iv, iv, f"{iv} - 1", f"{iv} + 1", f"{iv} + 2", f"n - {iv}"])


def place(ivs):
    if len(ivs) > 1 and r.random() < 0.7:
        return f"{r.choice(SQUARES)}[{near(r.choice(ivs))}, {near(r.choice(ivs))}]"
    return f"{r.choice(LINES)}[{near(r.choice(ivs))}]"


def value(ivs, known):
    e = place(ivs)
    for _ in range(r.randrange(3)):
        other = r.choice([place(ivs), "np.float32(0.5)", *known])
        e = f"({e} {r.choice('+-')} {other}) * np.float32(0.5)"
    return e


def statement(ivs, known, depth):
    kind = r.randrange(11)
    if kind < 5:
        return [f"{place(ivs)} = {value(ivs, known)}"]
    if kind == 5:
        known.append("t")
        return [f"t = {value(ivs, [])}", f"{place(ivs)} = t"]
    if kind == 6:
        return [f"k += int(x[{ivs[0]}])"]
    if kind == 7:
        return [f"if {place(ivs)} > np.float32({r.choice([0.25, 1, 2])}):", *("    " + s for s in statement(ivs, list(known), depth))]
    if kind == 8:
        return [f"least = min(least, int(x[{ivs[-1]}]))"]
    if kind == 9:
        return [f"if x[{ivs[-1]}] > most:", f"    most = int(x[{ivs[-1]}])", f"    at = {ivs[0]}"]
    at = place(ivs)
    return [f"{at} = {at} * np.float32(0.5) + {place(ivs)}"]


def loop(depth, ivs):
    iv = "ijk"[depth] + "v"
    lo, hi = r.choice(["2", "2", "3"]), r.choice(["n - 2", "n - 3", "min(n - 2, 9)"])
    head = r.choice([f"range({lo}, {hi})", f"range({hi}, {lo}, -1)", f"range({lo}, {hi}, 2)"])
    inner = [*ivs, iv]
    body = []
    known = []
    if depth < 2 and r.random() < (0.5 if depth else 0.6):
        if r.random() < 0.3:
            body += statement(inner, known, depth)
        body += loop(depth + 1, inner)
        if r.random() < 0.3:
            body += statement(inner, known, depth)
    else:
        for _ in range(r.randrange(1, 5)):
            body += statement(inner, known, depth)
        if r.random() < 0.15:
            body.insert(0, f"if {place(inner)} < np.float32(0.125): continue")
    return [f"for {iv} in {head}:", *("    " + s for s in body)]


print("import numpy as np")
print("n = 14")
for name in LINES:
    print(f"{name} = (np.arange(n + 3) * {r.randrange(2, 9)} % 11 / 4).astype(np.float32)")
for name in SQUARES:
    print(f"{name} = (np.arange((n + 3) * (n + 3)) * {r.randrange(2, 9)} % 13 / 4).astype(np.float32).reshape(n + 3, n + 3)")
if r.random() < 0.3:
    print("q = p.T" if r.random() < 0.5 else "c = b[::-1]")
print(f"x = (np.arange(n + 3) * {r.randrange(2, 99)} % 17).astype(np.int32)")
for f in range(4):
    print(f"def nest{f}(n, a, b, c, p, q, x):")
    print("    k = 0; least = 99; most = 3; at = -1; t = np.float32(0.0)")
    for line in loop(0, []):
        print("    " + line)
    print("    return k, least, most, at, float(t)")
    print(f"for _ in range(2): print(nest{f}(n, a, b, c, p, q, x))")
    print("print([float(np.sum(z)) for z in (a, b, c, p, q)], a.tolist()[:9], q.tolist()[5])")
