// Python inside a JavaScript program. In an application of your own: `import { createInterpreter } from "tspy"`.
// From a checkout, after `npm run setup`: node examples/embed.mjs
import { createInterpreter, PythonError, TimeLimitError } from "../dist/index.mjs";

const prices = { apple: 1.2, pear: 0.8 };
const py = createInterpreter({
  stdout: (text) => process.stdout.write(`[python] ${text}`),
  functions: { price: (name) => prices[name] ?? null },
  globals: { basket: ["apple", "pear", "apple"] },
  timeLimit: 1000,
});

// statements run in __main__; functions of the application are global names there
py.run(`
total = sum(price(name) for name in basket)
print(f"{len(basket)} things cost {total:.2f}")

def discount(amount, *, percent=10):
    return amount * (1 - percent / 100)
`);

// values come back converted, functions as functions
console.log("total:", py.get("total"), " expression:", py.eval("sorted(set(basket))"));
const discount = py.get("discount");
console.log("discounted:", discount(py.get("total")));

// an uncaught exception is a PythonError with Python's traceback
try {
  py.run("discount('much')", "shop.py");
} catch (e) {
  if (!(e instanceof PythonError)) throw e;
  console.log(`${e.type}: ${e.message}\n${e.traceback}`);
}

// nothing runs longer than it may
try {
  py.run("while True: pass");
} catch (e) {
  if (!(e instanceof TimeLimitError)) throw e;
  console.log(e.message);
}

py.close();
