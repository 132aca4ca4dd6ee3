"""Times one program under the interpreter that runs this: measure_cpython.py PROGRAM SECONDS. The same JSON as measure.ts prints."""
import json
import statistics
import sys
import time

program, seconds = sys.argv[1], float(sys.argv[2])
names = {"__name__": "program"}
with open(program, encoding="utf-8") as source:
    exec(compile(source.read(), program, "exec"), names)
main = names["main"]
clock = time.perf_counter


def timed():
    start = clock()
    result = main()
    return (clock() - start) * 1000, result


first, result = timed()
samples = []
end = clock() + seconds
while len(samples) < 3 or clock() < end:
    samples.append(timed()[0])
mean = statistics.fmean(samples)
# the half-width of the 95 % confidence interval; 1.96 stands for Student's t
margin = 196 * statistics.stdev(samples) / len(samples) ** 0.5 / mean
print(json.dumps({"result": repr(result), "first": first, "mean": mean, "margin": margin, "samples": len(samples)}))
