import { isLiteral, type Schema, sortedJson } from "./model.ts";

interface Literals {
  /** The text of each value that has no rules. */
  readonly texts: ReadonlySet<string>;
  /** All other shapes. */
  readonly others: Schema;
}

const known = new WeakMap<Schema, Literals>();

/** The single values of a schema, found by their text: an enum may have thousands. */
export function literalsOf(schema: Schema): Literals {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const texts = new Set<string>();
  const others = schema.filter((shape) => {
    if (!isLiteral(shape)) return true;
    texts.add(sortedJson(shape.value));
    return false;
  });
  const literals = { texts, others };
  known.set(schema, literals);
  return literals;
}
