/** strftime in the C locale, with glibc's padding flags. */

export interface BrokenTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Monday. */
  readonly weekday: number;
  /** 1 to 366. */
  readonly yearday: number;
  readonly isDst: number;
  readonly zone: string;
  /** Seconds east of UTC. */
  readonly offset: number;
}

export const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;
export const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"] as const;

interface Padded {
  readonly value: number;
  readonly width: number;
  readonly fill?: "0" | " ";
}

/** Directives that give a number, with their usual padding. */
const NUMBERS: Readonly<Record<string, (t: BrokenTime) => Padded>> = {
  d: (t) => ({ value: t.day, width: 2 }),
  e: (t) => ({ value: t.day, width: 2, fill: " " }),
  H: (t) => ({ value: t.hour, width: 2 }),
  k: (t) => ({ value: t.hour, width: 2, fill: " " }),
  I: (t) => ({ value: t.hour % 12 || 12, width: 2 }),
  l: (t) => ({ value: t.hour % 12 || 12, width: 2, fill: " " }),
  j: (t) => ({ value: t.yearday, width: 3 }),
  m: (t) => ({ value: t.month, width: 2 }),
  M: (t) => ({ value: t.minute, width: 2 }),
  S: (t) => ({ value: t.second, width: 2 }),
  C: (t) => ({ value: Math.floor(t.year / 100), width: 2 }),
  y: (t) => ({ value: ((t.year % 100) + 100) % 100, width: 2 }),
  Y: (t) => ({ value: t.year, width: 1 }),
  G: (t) => ({ value: isoWeek(t).year, width: 1 }),
  g: (t) => ({ value: isoWeek(t).year % 100, width: 2 }),
  V: (t) => ({ value: isoWeek(t).week, width: 2 }),
  U: (t) => ({ value: Math.floor((t.yearday + 6 - ((t.weekday + 1) % 7)) / 7), width: 2 }),
  W: (t) => ({ value: Math.floor((t.yearday + 6 - t.weekday) / 7), width: 2 }),
  u: (t) => ({ value: t.weekday + 1, width: 1 }),
  w: (t) => ({ value: (t.weekday + 1) % 7, width: 1 }),
  s: (t) => ({ value: Date.UTC(t.year, t.month - 1, t.day, t.hour, t.minute, t.second) / 1000 - t.offset, width: 1 }),
};

const TEXTS: Readonly<Record<string, (t: BrokenTime) => string>> = {
  a: (t) => DAYS[t.weekday]!.slice(0, 3),
  A: (t) => DAYS[t.weekday]!,
  b: (t) => MONTHS[t.month - 1]!.slice(0, 3),
  h: (t) => MONTHS[t.month - 1]!.slice(0, 3),
  B: (t) => MONTHS[t.month - 1]!,
  p: (t) => (t.hour < 12 ? "AM" : "PM"),
  P: (t) => (t.hour < 12 ? "am" : "pm"),
  Z: (t) => t.zone,
  z: (t) => {
    const minutes = Math.trunc(Math.abs(t.offset) / 60);
    return `${t.offset < 0 ? "-" : "+"}${String(Math.trunc(minutes / 60)).padStart(2, "0")}${String(minutes % 60).padStart(2, "0")}`;
  },
  n: () => "\n",
  t: () => "\t",
  "%": () => "%",
};

/** Directives that stand for others. */
const COMPOSITES: Readonly<Record<string, string>> = {
  c: "%a %b %e %H:%M:%S %Y", D: "%m/%d/%y", F: "%Y-%m-%d", r: "%I:%M:%S %p", R: "%H:%M", T: "%H:%M:%S", x: "%m/%d/%y", X: "%H:%M:%S",
};

function isoWeek(t: BrokenTime): { year: number; week: number } {
  const week = Math.floor((t.yearday - (t.weekday + 1) + 10) / 7);
  if (week < 1) return { year: t.year - 1, week: weeksIn(t.year - 1) };
  return week > weeksIn(t.year) ? { year: t.year + 1, week: 1 } : { year: t.year, week };
}

/** A year has 53 ISO weeks when it begins on a Thursday, or is a leap year that begins on a Wednesday. */
function weeksIn(year: number): number {
  const first = new Date(Date.UTC(2000, 0, 1));
  first.setUTCFullYear(year, 0, 1);
  const day = first.getUTCDay();
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day === 4 || (leap && day === 3) ? 53 : 52;
}

function padded(p: Padded, flag: string, width: string): string {
  const fill = flag === "-" ? "" : flag === "_" ? " " : flag === "0" ? "0" : (p.fill ?? "0");
  const size = width ? Number(width) : fill === "" ? 0 : p.width;
  const text = String(Math.abs(p.value)).padStart(size - (p.value < 0 ? 1 : 0), fill || "0");
  return p.value < 0 ? `-${text}` : text;
}

export function formatTime(format: string, t: BrokenTime): string {
  return format.replace(/%([-_0^#]?)(\d*)[EO]?([A-Za-z%+])?/g, (whole, flag: string, width: string, directive: string | undefined) => {
    if (directive === undefined) return whole;
    const number = NUMBERS[directive];
    if (number) return padded(number(t), flag, width);
    const composite = COMPOSITES[directive];
    const text = composite ? formatTime(composite, t) : TEXTS[directive]?.(t);
    if (text === undefined) return whole;
    const cased = flag === "^" ? text.toUpperCase() : flag === "#" ? (directive === "p" || directive === "Z" ? text.toLowerCase() : text.toUpperCase()) : text;
    return width ? cased.padStart(Number(width), flag === "0" ? "0" : " ") : cased;
  });
}

