/** list. `items` is the whole representation: V8 keeps arrays of small ints and doubles packed, so int lists are typed storage already. */
import { PyAttrObject, type Value } from "./values.ts";

export class PyList extends PyAttrObject {
  items: Value[];
  constructor(items: Value[]) {
    super();
    this.items = items;
  }
}
