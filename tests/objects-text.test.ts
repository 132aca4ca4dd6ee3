/** Text and bytes: results and messages against CPython's. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { clampSlice } from "../src/interpreter/objects/slice.ts";
import { caseFold, titleCase } from "../src/interpreter/objects/str-case.ts";
import { codePoints, compareStr, pointIndex, strAt, strLength, strSlice, unitOffset } from "../src/interpreter/objects/str-points.ts";
import { checkExpressions } from "./expressions.ts";

test("str, bytes, bytearray, memoryview, format", () => checkExpressions("text.txt"));
test("codecs and Unicode errors", () => checkExpressions("codecs.txt"));

test("strings count code points", () => {
  const s = "a😀é😁z";
  assert.is(strLength(s), 5);
  assert.is(strAt(s, 3), "😁");
  assert.is(strSlice(s, clampSlice(1, -1, 1, 5)), "😀é😁");
  assert.is(strSlice(s, clampSlice(undefined, undefined, -2, 5)), "zéa");
  for (let i = 0; i <= 5; i++) assert.is(pointIndex(s, unitOffset(s, i)), i);
  assert.equal(codePoints(s), ["a", "😀", "é", "😁", "z"]);
});

test("order is by code point, not by UTF-16 unit", () => {
  assert.ok(compareStr("\uffff", "😀") < 0);
  assert.ok(compareStr("😀", "😁") < 0);
  assert.ok(compareStr("a\ud800", "a😀") < 0);
  assert.is(compareStr("", ""), 0);
});

test("title case and case folding where JS has none", () => {
  assert.equal(["ǆ", "ß", "ﬃ", "ᾳ", "ნ", "և", "ŉ", "ᾲ"].map(titleCase), ["ǅ", "Ss", "Ffi", "ᾼ", "ნ", "Եւ", "ʼN", "Ὰͅ"]);
  assert.equal(["ẞ", "ſ", "ı", "Ꭰ", "ꭰ", "ᏸ", "ς"].map(caseFold), ["ss", "s", "ı", "Ꭰ", "Ꭰ", "Ᏸ", "σ"]);
});

test.run();
