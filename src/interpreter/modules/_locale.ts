/** Module _locale: the C locale, with UTF-8 as its encoding. */
import { EXCEPTIONS, PyBaseException, valueError } from "../builtins/exceptions.ts";
import { PyDict } from "../objects/dict.ts";
import { PyList } from "../objects/list.ts";
import { plainStr, toIndex } from "../objects/operations.ts";
import { compareText } from "../objects/sort-primitive.ts";
import type { VM } from "../objects/runtime.ts";
import type { Value } from "../objects/values.ts";
import type { NativeModule } from "./native-module.ts";
import { defineType } from "../objects/type.ts";
import { DAYS, MONTHS } from "./strftime.ts";

const CATEGORIES = { LC_CTYPE: 0, LC_NUMERIC: 1, LC_TIME: 2, LC_COLLATE: 3, LC_MONETARY: 4, LC_MESSAGES: 5, LC_ALL: 6 };

const localeError = defineType({ name: "Error", module: "locale", base: EXCEPTIONS.Exception });

/** nl_langinfo items: name → [number, text in the C locale]. */
const LANGINFO: readonly (readonly [name: string, id: number, text: string])[] = [
  ["CODESET", 14, "UTF-8"], ["RADIXCHAR", 65536, "."], ["THOUSEP", 65537, ""], ["YESEXPR", 327680, "^[yY]"], ["NOEXPR", 327681, "^[nN]"], ["CRNCYSTR", 262159, "-"],
  ["D_T_FMT", 131112, "%a %b %e %H:%M:%S %Y"], ["D_FMT", 131113, "%m/%d/%y"], ["T_FMT", 131114, "%H:%M:%S"], ["T_FMT_AMPM", 131115, "%I:%M:%S %p"],
  ["AM_STR", 131110, "AM"], ["PM_STR", 131111, "PM"], ["ERA", 131116, ""], ["ERA_D_FMT", 131118, ""], ["ERA_D_T_FMT", 131120, ""], ["ERA_T_FMT", 131121, ""],
  ["ALT_DIGITS", 131119, ""],
  ...[...DAYS.slice(6), ...DAYS.slice(0, 6)].flatMap((day, i) => [[`ABDAY_${i + 1}`, 131072 + i, day.slice(0, 3)] as const, [`DAY_${i + 1}`, 131079 + i, day] as const]),
  ...MONTHS.flatMap((m, i) => [[`ABMON_${i + 1}`, 131086 + i, m.slice(0, 3)] as const, [`MON_${i + 1}`, 131098 + i, m] as const]),
];

const KNOWN = new Set(["", "C", "POSIX", "C.UTF-8", "C.utf8", "en_US.UTF-8", "en_US.utf8"]);

function setlocale(_vm: VM, _category: Value, locale: Value | undefined): Value {
  if (locale === undefined || locale === null) return "C";
  const name = plainStr(locale) ?? "";
  if (!KNOWN.has(name)) throw new PyBaseException(localeError, ["unsupported locale setting"]);
  return name === "" ? "C.UTF-8" : name;
}

function localeconv(): Value {
  const d = new PyDict();
  d.setStr("decimal_point", ".");
  for (const k of ["thousands_sep", "int_curr_symbol", "currency_symbol", "mon_decimal_point", "mon_thousands_sep", "positive_sign", "negative_sign"]) d.setStr(k, "");
  for (const k of ["int_frac_digits", "frac_digits", "p_cs_precedes", "p_sep_by_space", "n_cs_precedes", "n_sep_by_space", "p_sign_posn", "n_sign_posn"]) d.setStr(k, 127);
  for (const k of ["grouping", "mon_grouping"]) d.setStr(k, new PyList([]));
  return d;
}

function langinfo(vm: VM, item: Value): Value {
  const n = toIndex(vm, item);
  const row = LANGINFO.find((r) => r[1] === n);
  if (row === undefined) throw valueError("unsupported langinfo constant");
  return row[2];
}

export const _locale: NativeModule = {
  name: "_locale",
  doc: "The locale of the C library.",
  functions: {
    setlocale: ["(category, locale=None, /)", setlocale, "Choose a locale; only C and its UTF-8 relatives exist."],
    localeconv: ["()", localeconv, "How numbers and money are written."],
    nl_langinfo: ["(key, /)", langinfo, "A piece of text of the locale."],
    strcoll: ["(os1, os2, /)", (_vm: VM, a: Value, b: Value) => Math.sign(compareText(plainStr(a) ?? "", plainStr(b) ?? "")), "Compare two strings."],
    strxfrm: ["(string, /)", (_vm: VM, s: Value) => s, "A string that sorts as strcoll compares."],
    getencoding: ["()", () => "utf-8", "The locale's encoding."],
  },
  values: () => ({ ...CATEGORIES, CHAR_MAX: 127, Error: localeError, ...Object.fromEntries(LANGINFO.map(([name, id]) => [name, id] as const)) }),
};
