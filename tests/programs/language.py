"""Functions, closures, classes, generators, exceptions: one line of output a feature."""


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def counter():
    total = 0

    def add(n):
        nonlocal total
        total += n
        return total

    return add


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def __repr__(self):
        return f"Point({self.x}, {self.y})"


def pairs(n):
    for i in range(n):
        got = yield i, i * i
        if got:
            yield "sent", got


print(fib(20))
add = counter()
print(add(2), add(40))
print(Point(1, 2) + Point(3, 4))
g = pairs(3)
print(next(g), g.send("x"), list(g))
print([x * y for x in range(3) for y in range(3) if x != y], {k: v for k, v in zip("abc", range(3))})
try:
    try:
        {}["missing"]
    except KeyError as e:
        raise ValueError("wrapped") from e
except ValueError as e:
    print(repr(e), repr(e.__cause__))
match {"kind": "circle", "r": 2}:
    case {"kind": "square", "side": s}:
        print("square", s)
    case {"kind": "circle", "r": r} if r > 1:
        print("big circle", r)
print(2**100, -7 // 2, -7 % 3, 7.5 // 2, round(2.5), 1e16, 0.1 + 0.2)
print(*sorted(["b", "A", "c"], key=str.lower), sep="|")


# ---- the layout of classes, and what reflection sees of it ----
class Plain:
    pass


class Slotted:
    __slots__ = ("a",)


class Named:
    def __eq__(self, other):
        return []


print(sorted(set(dir(Plain)) - set(dir(object))))
print(object.__lt__(1, 2), int.__lt__(1, 2), type[int], Named() != 1)
for bases, body in [((int, str), {}), ((Slotted, Plain), {"__slots__": ("a",)}), ((int,), {"__slots__": ("x",)}), ((Plain,), {"__slots__": ("__dict__",)}),
                    ((OSError, SyntaxError), {}), ((ValueError, OSError), {}), ((), {"__slots__": ("a",), "a": 1})]:
    try:
        print(type("New", bases, body))
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
s = Slotted()
for action in (lambda: s.a, lambda: delattr(s, "a")):
    try:
        action()
    except AttributeError as e:
        print(e)

# ---- errors that the compiler finds ----
for source in ["for i in x:\n try: pass\n except* A: break", "def f():\n try: pass\n except* A: return", "global x\nnonlocal x", "from __future__ import nope",
               "x = 1\nfrom __future__ import annotations", "try:\n pass\nexcept:\n pass\nexcept A:\n pass"]:
    try:
        compile(source, "<s>", "exec")
    except SyntaxError as e:
        print(e.msg, e.lineno, e.offset, e.end_lineno, e.end_offset)


# ---- the ends of objects ----
import gc
import weakref


def closing(n):
    try:
        yield 1
        yield 2
    finally:
        print("cleanup", n)


class Ends:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        print("end", self.n)


def scope():
    for v in closing("return"):
        return v


def local():
    held = Ends("local")
    held = None
    kept = [Ends("first"), Ends("second")]
    rest = zip(closing("z1"), closing("z2"))
    next(rest)
    print("leaving")


def raising():
    for v in closing("raise"):
        raise ValueError(v)


for v in closing("break"):
    break
print("after the loop", scope(), any(x > 0 for x in closing("any")))
local()
try:
    raising()
except ValueError as e:
    print("caught", e)
a, b = Plain(), Plain()
a.other, b.other = b, a
r = weakref.ref(a, lambda r: print("callback", r()))
del a, b
print(r() is None)
gc.collect()
cache = weakref.WeakValueDictionary()
value = Plain()
cache["k"] = value
print(len(cache), weakref.ref(value) is weakref.ref(value))
value = None
print(len(cache), dict(cache))
for o in (1, [], P := (1,)):
    try:
        weakref.ref(o)
    except TypeError as e:
        print(e)
proxy = weakref.proxy(a := Ends("proxied"))
print(proxy.n, proxy == a)
del a
try:
    proxy.n
except ReferenceError as e:
    print(e)
last, _hidden = closing("exit"), Ends("exit")
next(last)
