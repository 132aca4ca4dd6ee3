"""Writes a random Python program of loop nests over lists, NumPy arrays and scalars of mixed types, from a seed: python loops.py SEED.

Every program prints all of its state with types at the end, so that two ways of running it can be compared byte by byte.
"""
import random
import sys

R = random.Random(int(sys.argv[1]))


def expr(d, vars):
    r = R.random()
    if d <= 0 or r < .3:
        return R.choice(vars + ["1", "2", "3", "0", "-1", "0.5", "2.0", "7", "True"])
    if r < .62: return f"({expr(d-1,vars)} {R.choice(['+','-','*','+','-','*','//','%','/','&','|','^','<<','>>','**2 +'])} {expr(d-1,vars)})"
    if r < .7: return f"({expr(d-1,vars)} if {cond(d-1,vars)} else {expr(d-1,vars)})"
    if r < .76: return f"{R.choice(['abs','int','float'])}({expr(d-1,vars)})"
    if r < .82: return f"{R.choice(['min','max'])}({expr(d-1,vars)}, {expr(d-1,vars)})"
    if r < .86: return f"h{R.randint(0,1)}({expr(d-1,vars)}, {expr(d-1,vars)})"
    return elem(d, vars)


def elem(d, vars):
    a = R.choice(["L", "M", "F", "A", "B", "I", "G"])
    i = idx(vars); j = idx(vars)
    if a in ("M", "G"): return f"{a}[{i}][{j}]" if a == "M" or R.random() < .3 else f"{a}[{i}, {j}]"
    return f"{a}[{i}]"


def idx(vars):
    v = R.choice(["i", "j", "k0"]); r = R.random()
    if r < .5: return v
    if r < .7: return f"{v} - 1"
    if r < .8: return f"{v} + 1"
    if r < .9: return f"-{v} - 1"
    return f"({v} * {R.randint(1,3)}) % 6"


def cond(d, vars):
    r = R.random()
    if r < .7: return f"{expr(d-1,vars)} {R.choice(['<','<=','>','>=','==','!='])} {expr(d-1,vars)}"
    if r < .8: return f"not ({cond(d-1,vars)})" if d > 0 else "True"
    return f"({cond(d-1,vars)} {R.choice(['and','or'])} {cond(d-1,vars)})" if d > 0 else "i < 3"
V = ["s", "t", "u", "i", "j"]


def stmt(d, ind):
    p = "    " * ind; r = R.random()
    if r < .3: return [f"{p}{R.choice(['s','t','u'])} {R.choice(['=','+=','-=','=','*='])} {expr(2,V)}"]
    if r < .55: return [f"{p}{elem(1,V)} {R.choice(['=','+=','='])} {expr(2,V)}"]
    if r < .6: return [f"{p}s, t = t, s"]
    if r < .64: return [f"{p}L[{idx(V)}], L[{idx(V)}] = L[{idx(V)}], L[{idx(V)}]"]
    if r < .82 and d > 0:
        out = [f"{p}if {cond(1,V)}:"] + block(d - 1, ind + 1)
        if R.random() < .4: out += [f"{p}else:"] + block(d - 1, ind + 1)
        return out
    if r < .9 and d > 0: return loop(d-1, ind)
    if r < .93: return [f"{p}if {cond(1,V)}: {R.choice(['break','continue'])}"]
    if r < .95: return [f"{p}if {cond(1,V)}: print('rare', i, j, s)"]
    return [f"{p}u = {expr(2,V)}"]


def block(d, ind):
    out = []
    for _ in range(R.randint(1, 3)):
        out += stmt(d, ind)
    return out


def loop(d, ind):
    p = "    " * ind; r = R.random()
    v = R.choice(["i", "j"])
    if r < .6: head = f"for {v} in range({R.choice(['6','n','1, 6','5, -1, -1','0, n, 2','i, 6','j'])}):"
    elif r < .75: head = f"for {v}, u in enumerate({R.choice(['L','F','A','I'])}):"
    elif r < .85: head = f"for u, t in zip({R.choice(['L','F','A'])}, {R.choice(['I','B','F'])}):"
    else: return [f"{p}c = 0", f"{p}while c < {R.randint(2,7)} and {cond(1,V)}:", f"{p}    c += 1"] + block(d, ind + 1)
    out = [p + head] + block(d, ind + 1)
    if R.random() < .15: out += [f"{p}else:", f"{p}    t = {expr(1,V)}"]
    return out
print("import numpy as np, warnings, array\nwarnings.simplefilter('ignore')\nnp.seterr(all='ignore') if hasattr(np,'seterr') else None")
print("def h0(x, y):\n    return x * 2 - y\ndef h1(x, y):\n    if x > y:\n        return x - y\n    z = y - x\n    return z")
for q in range(8):
    print(f"def f{q}(L, M, F, A, B, I, G, n):\n    s = {R.choice(['0','0.0','1','1.5'])}\n    t = {R.choice(['0','2.5','3'])}\n    u = 1\n    i = j = k0 = 2\n    c = 0\n    try:")
    print("        for rep in range(3):")
    print("\n".join(loop(2, 3) + loop(1, 3)))
    print(f"    except Exception as e:\n        print(type(e).__name__, e)\n    return s, t, u, i, j")
print("def show(x):\n    return [show(y) for y in x] if isinstance(x, (list, tuple)) else (type(x).__name__, repr(x))")
print("for q, f in enumerate([f0, f1, f2, f3, f4, f5, f6, f7]):\n  for rnd in range(2):")
print("    L = [1, 2, 3, 4, 5, 6]; F = [0.5, 1.5, -2.0, 3.0, 0.0, 1e300]; M = [[1, 2, 3, 4, 5, 6] for _ in range(6)]")
print("    if rnd: M = [M[0]] * 6")
print("    A = np.arange(6) * 0.75; B = A[::-1]; I = np.arange(6, dtype=[np.int64, np.int32, np.uint8, np.int16][q % 4]); G = np.arange(36.0).reshape(6, 6).T.astype(np.float32 if rnd else np.float64)")
print("    r = f(L, M, F, A, B, I, G, 6)\n    print(q, show(r)); print(show(L), show(F), show(M)); print(show(A.tolist()), show(I.tolist()), show(G.tolist()))")
