/** Module time: clocks of the host, calendar arithmetic of the local time zone (JavaScript's), strftime. */
import { osError } from "../builtins/os-error.ts";
import { overflowError, typeError, valueError } from "../builtins/exceptions.ts";
import { getAttr, plainInt, plainStr, toDouble, toIndex, typeName, typeOf } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { normInt, PyFloat, PyTuple, type Value } from "../objects/values.ts";
import { waitFor } from "../vm/threads.ts";
import type { NativeModule } from "./native-module.ts";
import { type BrokenTime, DAYS, formatTime, MONTHS } from "./strftime.ts";
import { PyStructSeq, StructSeqType } from "./structseq.ts";

const structTime = new StructSeqType({
  module: "time",
  name: "struct_time",
  doc: "The time value as returned by gmtime(), localtime(), and strptime(), and accepted by asctime(), mktime() and strftime().",
  fields: ["tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst", "tm_zone", "tm_gmtoff"],
  visible: 9,
});

// ---- clocks -------------------------------------------------------------------------------------------------------------------------------

type Clock = (vm: VM) => bigint;

const wall: Clock = (vm) => vm.host.wallNs();
const monotonic: Clock = (vm) => vm.host.monotonicNs();
/** Processor time is taken for elapsed time: the host has no other clock. */
const processTime: Clock = (vm) => (typeof process === "object" && "cpuUsage" in process ? cpuTime() : vm.host.monotonicNs());

function cpuTime(): bigint {
  const { user, system } = process.cpuUsage();
  return BigInt(user + system) * 1000n;
}

const seconds = (ns: bigint): Value => new PyFloat(Number(ns / 1_000_000_000n) + Number(ns % 1_000_000_000n) / 1e9);

/** CLOCK_* of clock_gettime. */
const CLOCKS: readonly (readonly [name: string, id: number, clock: Clock])[] = [
  ["CLOCK_REALTIME", 0, wall],
  ["CLOCK_MONOTONIC", 1, monotonic],
  ["CLOCK_PROCESS_CPUTIME_ID", 2, processTime],
  ["CLOCK_THREAD_CPUTIME_ID", 3, processTime],
  ["CLOCK_MONOTONIC_RAW", 4, monotonic],
  ["CLOCK_BOOTTIME", 7, monotonic],
];

function clockOf(vm: VM, id: Value): Clock {
  const n = toIndex(vm, id);
  const row = CLOCKS.find((c) => c[1] === n);
  if (row === undefined) throw osError("EINVAL");
  return row[2];
}

const INFO: Readonly<Record<string, readonly [implementation: string, monotonic: boolean, adjustable: boolean]>> = {
  time: ["clock_gettime(CLOCK_REALTIME)", false, true],
  monotonic: ["clock_gettime(CLOCK_MONOTONIC)", true, false],
  perf_counter: ["clock_gettime(CLOCK_MONOTONIC)", true, false],
  process_time: ["clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", true, false],
  thread_time: ["clock_gettime(CLOCK_THREAD_CPUTIME_ID)", true, false],
};

function clockInfo(vm: VM, name: Value): Value {
  const info = INFO[plainStr(name) ?? ""];
  if (info === undefined) throw valueError("unknown clock");
  const make = getAttr(vm, vm.importModule("types"), "SimpleNamespace");
  return vm.call(make, [info[0], info[1], info[2], new PyFloat(1e-9)], ["implementation", "monotonic", "adjustable", "resolution"]);
}

function sleep(vm: VM, duration: Value): Value {
  if (duration instanceof PyFloat || typeOf(duration).slot.index || typeof duration === "number" || typeof duration === "boolean") {
    const s = toDouble(vm, duration);
    if (s !== s) throw valueError("Invalid value NaN (not a number)");
    if (s < 0) throw valueError("sleep length must be non-negative");
    waitFor(vm, () => false, s * 1000);
    return null;
  }
  throw typeError(`'${typeName(duration)}' object cannot be interpreted as an integer`);
}

// ---- calendar -----------------------------------------------------------------------------------------------------------------------------

const DAY = 86_400_000;

function dayOfYear(year: number, month: number, day: number): number {
  return Math.round((utc(year, month, day) - utc(year, 1, 1)) / DAY) + 1;
}

/** Date.UTC that takes years below 100 at their word. */
function utc(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  const d = new Date(Date.UTC(2000, month - 1, day, hour, minute, second));
  d.setUTCFullYear(year, month - 1, day);
  return d.getTime();
}

/** Name of the zone at a moment. */
function zoneName(d: Date): string {
  if (typeof process === "object" && process.env.TZ === undefined && d.getTimezoneOffset() === 0) return "UTC";
  for (const locale of ["en-GB", "en-US"]) {
    const name = new Intl.DateTimeFormat(locale, { timeZoneName: "short" }).formatToParts(d).find((p) => p.type === "timeZoneName")?.value;
    if (name && !/[+\d]/.test(name)) return name;
  }
  const offset = -d.getTimezoneOffset();
  const hours = String(Math.trunc(Math.abs(offset) / 60)).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${hours}${offset % 60 ? String(Math.abs(offset % 60)).padStart(2, "0") : ""}`;
}

/** Offset east of UTC in seconds, in January and July: the smaller is standard time. */
function zone(): { standard: number; daylight: number; standardName: string; daylightName: string } {
  const year = new Date().getFullYear();
  const [january, july] = [new Date(year, 0, 1), new Date(year, 6, 1)];
  const [a, b] = [-january.getTimezoneOffset() * 60, -july.getTimezoneOffset() * 60];
  const [winter, summer] = a <= b ? [january, july] : [july, january];
  return { standard: Math.min(a, b), daylight: Math.max(a, b), standardName: zoneName(winter), daylightName: zoneName(summer) };
}

function makeTime(t: BrokenTime): PyStructSeq {
  return structTime.make([t.year, t.month, t.day, t.hour, t.minute, t.second, t.weekday, t.yearday, t.isDst, t.zone, t.offset]);
}

/** Seconds since the epoch, rounded down. */
function secondsArgument(vm: VM, v: Value | undefined): number {
  if (v === undefined || v === null) return Math.floor(Number(vm.host.wallNs() / 1_000_000n) / 1000);
  const s = v instanceof PyFloat ? v.value : Number(toIndex(vm, v));
  if (s !== s) throw valueError("Invalid value NaN (not a number)");
  if (Math.abs(s) > 8.64e12) throw overflowError("timestamp out of range for platform time_t");
  return Math.floor(s);
}

function fromUtc(s: number): BrokenTime {
  const d = new Date(s * 1000);
  const year = d.getUTCFullYear();
  return {
    year, month: d.getUTCMonth() + 1, day: d.getUTCDate(), hour: d.getUTCHours(), minute: d.getUTCMinutes(), second: d.getUTCSeconds(),
    weekday: (d.getUTCDay() + 6) % 7, yearday: dayOfYear(year, d.getUTCMonth() + 1, d.getUTCDate()), isDst: 0, zone: "UTC", offset: 0,
  };
}

function fromLocal(s: number): BrokenTime {
  const d = new Date(s * 1000);
  const offset = -d.getTimezoneOffset() * 60;
  const z = zone();
  return { ...fromUtc(s + offset), isDst: z.daylight !== z.standard && offset === z.daylight ? 1 : 0, zone: zoneName(d), offset };
}

/** Checks the fields as strftime and asctime do, and normalises them. */
function fields(vm: VM, v: Value | undefined, name: string): BrokenTime {
  if (v === undefined) return fromLocal(secondsArgument(vm, undefined));
  if (!(v instanceof PyTuple)) throw typeError("Tuple or struct_time argument required");
  if (v.items.length !== 9) throw typeError(`${name}(): illegal time tuple argument`);
  const [year, mon, mday, hour, min, sec, wday, yday, isdst] = v.items.map((x) => Number(toIndex(vm, x))) as [number, number, number, number, number, number, number, number, number];
  const month = mon === 0 ? 1 : mon;
  const day = mday === 0 ? 1 : mday;
  const yearday = yday === 0 ? 1 : yday;
  const check = (ok: boolean, what: string) => {
    if (!ok) throw valueError(`${what} out of range`);
  };
  check(month >= 1 && month <= 12, "month");
  check(day >= 1 && day <= 31, "day of month");
  check(hour >= 0 && hour <= 23, "hour");
  check(min >= 0 && min <= 59, "minute");
  check(sec >= 0 && sec <= 61, "seconds");
  check(wday >= -1, "day of week");
  check(yearday >= 1 && yearday <= 366, "day of year");
  const hidden = v instanceof PyStructSeq ? v.hidden : [];
  const zoneText = plainStr(hidden[0] ?? null) ?? (isdst > 0 ? zone().daylightName : zone().standardName);
  const offset = plainInt(hidden[1] ?? null) ?? (isdst > 0 ? zone().daylight : zone().standard);
  return { year, month, day, hour, minute: min, second: sec, weekday: ((wday % 7) + 7) % 7, yearday, isDst: isdst, zone: zoneText, offset: Number(offset) };
}

function ascii(t: BrokenTime): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${DAYS[t.weekday]!.slice(0, 3)} ${MONTHS[t.month - 1]!.slice(0, 3)} ${String(t.day).padStart(2)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)} ${t.year}`;
}

function mktime(vm: VM, v: Value): Value {
  const t = v instanceof PyTuple && v.items.length === 9 ? v.items.map((x) => Number(toIndex(vm, x))) : undefined;
  if (t === undefined) throw typeError(v instanceof PyTuple ? "mktime(): illegal time tuple argument" : "Tuple or struct_time argument required");
  const [year, month, day, hour, minute, second, , , isdst] = t as [number, number, number, number, number, number, number, number, number];
  const d = new Date(2000, month - 1, day, hour, minute, second);
  d.setFullYear(year, month - 1, day);
  d.setHours(hour, minute, second);
  const s = d.getTime() / 1000;
  if (s !== s) throw overflowError("mktime argument out of range");
  const z = zone();
  const shift = isdst > 0 && z.daylight !== z.standard && -d.getTimezoneOffset() * 60 === z.standard ? z.daylight - z.standard : 0;
  return new PyFloat(s - shift);
}

function strftime(vm: VM, format: Value, t: Value | undefined): Value {
  const text = plainStr(format);
  if (text === undefined) throw typeError(`strftime() argument 1 must be str, not ${typeName(format)}`);
  return formatTime(text, fields(vm, t, "strftime"));
}

function strptime(vm: VM, args: Value[]): Value {
  return vm.call(getAttr(vm, vm.importModule("_strptime"), "_strptime_time"), args);
}

const nanoseconds = (clock: Clock) => (vm: VM) => normInt(clock(vm));

export const time: NativeModule = {
  name: "time",
  doc: "Clocks, and conversions between representations of time.",
  functions: {
    time: ["()", (vm: VM) => seconds(wall(vm)), "Seconds since the epoch."],
    time_ns: ["()", nanoseconds(wall), "Nanoseconds since the epoch."],
    monotonic: ["()", (vm: VM) => seconds(monotonic(vm)), "A clock that never goes back."],
    monotonic_ns: ["()", nanoseconds(monotonic)],
    perf_counter: ["()", (vm: VM) => seconds(monotonic(vm)), "The clock for measuring short times."],
    perf_counter_ns: ["()", nanoseconds(monotonic)],
    process_time: ["()", (vm: VM) => seconds(processTime(vm)), "Processor time of the process."],
    process_time_ns: ["()", nanoseconds(processTime)],
    thread_time: ["()", (vm: VM) => seconds(processTime(vm)), "Processor time of the thread."],
    thread_time_ns: ["()", nanoseconds(processTime)],
    clock_gettime: ["(clk_id, /)", (vm: VM, id: Value) => seconds(clockOf(vm, id)(vm)), "The time of a clock."],
    clock_gettime_ns: ["(clk_id, /)", (vm: VM, id: Value) => normInt(clockOf(vm, id)(vm))],
    clock_getres: ["(clk_id, /)", (vm: VM, id: Value) => (clockOf(vm, id), new PyFloat(1e-9))],
    get_clock_info: ["(name, /)", clockInfo, "What is known of a clock."],
    sleep: ["(seconds, /)", sleep, "Wait for a number of seconds."],
    gmtime: ["(seconds=None, /)", (vm: VM, s: Value | undefined) => makeTime(fromUtc(secondsArgument(vm, s))), "A moment in UTC."],
    localtime: ["(seconds=None, /)", (vm: VM, s: Value | undefined) => makeTime(fromLocal(secondsArgument(vm, s))), "A moment in local time."],
    mktime: ["(tuple, /)", mktime, "Local time to seconds since the epoch."],
    asctime: ["(tuple=<unrepresentable>, /)", (vm: VM, t: Value | undefined) => ascii(fields(vm, t, "asctime")), "A moment as text."],
    ctime: ["(seconds=None, /)", (vm: VM, s: Value | undefined) => ascii(fromLocal(secondsArgument(vm, s))), "Seconds since the epoch as text."],
    strftime: ["(format, tuple=<unrepresentable>, /)", strftime, "A moment as text of a format."],
    strptime: ["(*args)", strptime, "Text of a format as a moment."],
    tzset: ["()", () => null, "Read the time zone anew."],
  },
  values: () => {
    const z = zone();
    return {
      struct_time: structTime.type,
      timezone: -z.standard,
      altzone: -z.daylight,
      daylight: z.standard === z.daylight ? 0 : 1,
      tzname: new PyTuple([z.standardName, z.daylightName]),
      _STRUCT_TM_ITEMS: 11,
      ...Object.fromEntries(CLOCKS.map(([name, id]) => [name, id] as const)),
    };
  },
};

/** For module datetime: the local zone at a moment. */
export function localZone(s: number): { offset: number; name: string } {
  const t = fromLocal(s);
  return { offset: t.offset, name: t.zone };
}
