/**
 * Attribute layout (hidden classes, after Self's maps): objects that set the same attributes in the same order share a Shape,
 * so an inline cache compares one pointer and indexes one array. `keys` maps a name to its index in the object's `slots`.
 *
 * A `unique` shape belongs to one object only (it grew past LIMIT names or lost a name) and changes in place: caches must not
 * remember it. DICT_MODE marks an object whose attributes live in a real dict (slots[0], a PyDict) because somebody asked
 * for its `__dict__`; slots[1] is then a Map with the values of `__slots__` members, if any.
 */
const LIMIT = 128;

export class Shape {
  readonly keys: Map<string, number>;
  readonly unique: boolean;
  private readonly transitions: Map<string, Shape> = new Map();

  constructor(keys: Map<string, number>, unique: boolean) {
    this.keys = keys;
    this.unique = unique;
  }

  /** Index of an attribute in `slots`, or undefined. */
  index(name: string): number | undefined {
    return this.keys.get(name);
  }

  /** The shape after adding `name` at index keys.size. */
  with(name: string): Shape {
    if (this.unique) {
      this.keys.set(name, this.keys.size);
      return this;
    }
    let next = this.transitions.get(name);
    if (!next) {
      next = new Shape(new Map(this.keys).set(name, this.keys.size), this.keys.size >= LIMIT);
      if (!next.unique) this.transitions.set(name, next);
    }
    return next;
  }

  /** The shape after removing `name`; the caller removes the value at the old index from `slots` (later values move down by one). */
  without(name: string): Shape {
    const keys = new Map<string, number>();
    for (const k of this.keys.keys()) if (k !== name) keys.set(k, keys.size);
    return new Shape(keys, true);
  }
}

export const EMPTY_SHAPE: Shape = new Shape(new Map(), false);
export const DICT_MODE: Shape = new Shape(new Map(), true);
