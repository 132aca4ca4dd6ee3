/**
 * What a pattern is applied to: a str, or bytes read as Latin-1. Positions inside this folder are UTF-16 units; programs see code points
 * (or bytes), which are the same unless the text has characters beyond the basic plane.
 */
import { typeError } from "../../builtins/exceptions.ts";
import { bytesOf } from "../../objects/buffer.ts";
import { plainStr, typeName } from "../../objects/operations.ts";
import { hasAstral } from "../../objects/str-points.ts";
import { PyBytes, type Value } from "../../objects/values.ts";

export class Subject {
  readonly value: Value;
  readonly text: string;
  readonly isBytes: boolean;
  /** Unit index → code point index and back; undefined when they are equal. */
  private readonly points: Uint32Array | undefined;
  private readonly units: Uint32Array | undefined;
  private codes: ArrayLike<number> | undefined = undefined;

  constructor(value: Value, text: string, isBytes: boolean) {
    this.value = value;
    this.text = text;
    this.isBytes = isBytes;
    if (!isBytes && hasAstral(text)) {
      this.points = new Uint32Array(text.length + 1);
      const units: number[] = [];
      for (let i = 0; i < text.length; ) {
        const size = text.codePointAt(i)! > 0xffff ? 2 : 1;
        for (let k = 0; k < size; k++) this.points[i + k] = units.length;
        units.push(i);
        i += size;
      }
      this.points[text.length] = units.length;
      units.push(text.length);
      this.units = Uint32Array.from(units);
    } else {
      this.points = undefined;
      this.units = undefined;
    }
  }

  /** Length in code points or bytes. */
  get length(): number {
    return this.units ? this.units.length - 1 : this.text.length;
  }

  toPoint(unit: number): number {
    return this.points && unit >= 0 ? this.points[unit]! : unit;
  }

  toUnit(point: number): number {
    return this.units && point >= 0 ? this.units[point]! : point;
  }

  get astral(): boolean {
    return this.units !== undefined;
  }

  /** The code points or bytes. */
  get characters(): ArrayLike<number> {
    if (this.codes) return this.codes;
    const { text, units } = this;
    const n = this.length;
    const out = new Uint32Array(n);
    for (let i = 0; i < n; i++) out[i] = units ? text.codePointAt(units[i]!)! : text.charCodeAt(i);
    return (this.codes = out);
  }

  /** A piece of the text as a Python value. */
  piece(text: string): Value {
    return this.isBytes ? new PyBytes(latin1Bytes(text)) : text;
  }

  slice(from: number, to: number): Value {
    return this.piece(this.text.slice(from, to));
  }
}

/** The subject of a call; TypeError for anything but str and bytes-like, or for the wrong one of the two. */
export function subjectOf(v: Value, wantsBytes: boolean | undefined): Subject {
  const text = plainStr(v);
  if (text !== undefined) {
    if (wantsBytes === true) throw typeError("cannot use a bytes pattern on a string-like object");
    return new Subject(v, text, false);
  }
  const bytes = bytesOf(v);
  if (bytes === undefined) throw typeError(`expected string or bytes-like object, got '${typeName(v)}'`);
  if (wantsBytes === false) throw typeError("cannot use a string pattern on a bytes-like object");
  return new Subject(v, latin1Text(bytes), true);
}

export function latin1Text(bytes: Uint8Array): string {
  if (typeof Buffer === "function") return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  let out = "";
  for (let i = 0; i < bytes.length; i += 8192) out += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return out;
}

export function latin1Bytes(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
}
