/** PEP 678 notes: `__notes__`, a list of strings in the exception's own attributes. */
import { PyList } from "../objects/list.ts";
import { ownAttr, setOwnAttr } from "../objects/operations.ts";
import type { Value } from "../objects/values.ts";
import type { PyBaseException } from "./exceptions.ts";

export function notesOf(e: PyBaseException): Value | undefined {
  return ownAttr(e, "__notes__");
}

export function addNote(e: PyBaseException, note: string): void {
  const notes = notesOf(e);
  if (notes instanceof PyList) notes.items.push(note);
  else setOwnAttr(e, "__notes__", new PyList([note]));
}
