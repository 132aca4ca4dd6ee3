// Signals of the process against programs that keep the thread busy: interpreted, compiled, asleep.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const TSPY = process.env.TSPY ?? join(import.meta.dirname, "../tspy");
const LIMIT_MS = 30_000;

interface Ended {
  readonly out: string;
  readonly err: string;
  readonly status: number | null;
  readonly signal: string | null;
}

/** Runs a program and sends it a signal a second after each line "ready". */
function interrupted(source: string, sent: NodeJS.Signals, options: readonly string[] = []): Promise<Ended> {
  return new Promise((done) => {
    const p = spawn(TSPY, [...options, "-c", source], { stdio: ["pipe", "pipe", "pipe"], timeout: LIMIT_MS, killSignal: "SIGKILL" });
    let [out, err] = ["", ""];
    p.stdout.on("data", (d: Buffer) => {
      out += d;
      if (String(d).includes("ready")) setTimeout(() => p.kill(sent), 1000);
    });
    p.stderr.on("data", (d: Buffer) => (err += d));
    p.on("close", (status, signal) => done({ out, err, status, signal }));
  });
}

const LOOP = `
def f():
    n = 0
    print("ready", flush=True)
    try:
        while True:
            n += 1
    except KeyboardInterrupt:
        print(n > 1000)
f()
`;

for (const option of ["--jit=off", "--jit=auto"])
  test(`KeyboardInterrupt leaves a loop with its variables, ${option}`, async () => {
    const r = await interrupted(LOOP, "SIGINT", [option]);
    assert.is(r.out, "ready\nTrue\n");
    assert.is(r.status, 0);
  });

const NEST = `
import signal
a = [0.0] * 1000
def f():
    try:
        for r in range(10**9):
            for k in range(1000):
                a[k] += 1.0
    except KeyboardInterrupt:
        print(r > 0, k)
def raises(n, frame):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, raises)
signal.alarm(2)
f()
`;

for (const option of ["--jit=auto", "--jit=eager"])
  test(`an alarm leaves a compiled nest between two trips, ${option}`, async () => {
    const r = await interrupted(NEST, "SIGINT", [option]);
    assert.is(r.out, "True 999\n");
  });

test("a sleeping program dies of SIGINT with its traceback", async () => {
  const r = await interrupted('import time\nprint("ready", flush=True)\ntime.sleep(20)', "SIGINT");
  assert.match(r.err, /Traceback[\s\S]*KeyboardInterrupt\n$/);
  assert.is(r.signal, "SIGINT");
});

test("handlers of other signals run while the program is busy", async () => {
  const source = `import signal
got = []
signal.signal(signal.SIGTERM, lambda n, f: got.append(n))
print("ready", flush=True)
while not got: pass
print(got)`;
  assert.is((await interrupted(source, "SIGTERM")).out, "ready\n[15]\n");
});

test("SIGTERM without a handler ends the program", async () => {
  assert.is((await interrupted('print("ready", flush=True)\nwhile True: pass', "SIGTERM")).signal, "SIGTERM");
});

test("timers", async () => {
  const source = `import signal
n = 0
def tick(*a):
    global n
    n += 1
signal.signal(signal.SIGALRM, tick)
signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
while n < 3: pass
signal.setitimer(signal.ITIMER_REAL, 0)
signal.alarm(1)
signal.pause()
print("done")`;
  assert.is((await interrupted(source, "SIGINT")).out, "done\n");
});

test.run();
