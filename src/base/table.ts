/** Op tables: ids and names derived from one declaration, so that a missing case is a compile error where it is switched over. */
export type IdsOf<T> = { readonly [K in keyof T]: number };

/** Numbers the rows of a table in the order of their declaration, from 1 (0 stays free to mean "none"). */
export function numberRows<T extends Record<string, unknown>>(table: T): IdsOf<T> {
  return Object.fromEntries(Object.keys(table).map((name, i) => [name, i + 1])) as IdsOf<T>;
}

/** Names by id. */
export function namesById(table: Record<string, unknown>): readonly string[] {
  return ["", ...Object.keys(table)];
}
