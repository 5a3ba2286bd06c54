import { contains } from "./contains.ts";
import {
  ANY,
  type ArrayShape,
  type Json,
  type ObjectShape,
  type Schema,
  schemaAt,
  schemaOfName,
  undeclaredValues,
} from "./model.ts";

/** Values of an inner schema, those first that the other one refuses. */
type Inner = (schema: Schema, other: Schema, count: number) => readonly Json[];

/** How many values of one item or name are tried. */
const EACH = 6;

/** How many combinations of several names are tried. */
const COMBINATIONS = 60;

/** Longer lists make no readable example. */
const MAX_ITEMS = 2_000;

/** Lists with lengths at the limits, and with each value of an item. */
export function listValues(shape: ArrayShape, other: Schema, inner: Inner): readonly Json[] {
  const others = other.filter((target): target is ArrayShape => target.kind === "array");
  const lists = [shape, ...others];
  const limits = lists.flatMap(({ min, max, prefix }) => [
    min - 1,
    min,
    min + 1,
    max,
    max + 1,
    prefix.length,
    prefix.length + 1,
  ]);
  const lengths = [...new Set([0, 1, 2, ...limits])].filter(
    (length) => length >= shape.min && length <= Math.min(shape.max, MAX_ITEMS),
  );
  const values = itemValues(shape, others, Math.max(0, ...lengths), inner);
  const positions = Math.max(...lists.map(({ prefix }) => prefix.length)) + 1;
  return lengths.flatMap((length): Json[] => {
    const base = Array.from({ length }, (_, index) => values(index)[shape.isUnique ? index : 0]);
    if (base.includes(undefined)) return [];
    const changed = Array.from({ length: Math.min(positions, length) }, (_, at) =>
      values(at).map((value) => base.with(at, value) as Json[]),
    );
    return [base as Json[], ...changed.flat(), ...repeated(base as Json[])];
  });
}

/** The values of each position; those after all prefixes are the same. */
function itemValues(shape: ArrayShape, others: readonly ArrayShape[], longest: number, inner: Inner) {
  const known = new Map<number, readonly Json[]>();
  const last = Math.max(shape.prefix.length, ...others.map(({ prefix }) => prefix.length));
  const count = shape.isUnique ? Math.min(longest, 20) + EACH : EACH;
  return (index: number): readonly Json[] => {
    const at = Math.min(index, last);
    const values =
      known.get(at) ??
      inner(
        schemaAt(shape, at),
        others.flatMap((target) => schemaAt(target, at)),
        count,
      );
    known.set(at, values);
    return values;
  };
}

/** A list of equal items, which one with `uniqueItems` refuses. */
function repeated(base: readonly Json[]): readonly Json[][] {
  const [first] = base;
  return first === undefined || base.length < 2 ? [] : [base.map(() => first)];
}

/** Names that nobody declares. */
const UNDECLARED: readonly string[] = ["other", "other_2"];

/** Objects with and without each name, and with each value of it. */
export function objectValues(shape: ObjectShape, other: Schema, inner: Inner): readonly Json[] {
  const others = other.filter((target): target is ObjectShape => target.kind === "object");
  const entries = [...declaredValues(shape, others, inner), ...otherValues(shape, others, inner)];
  const bases = [0, 1].map((at) =>
    entries.map(({ name, values }) => [name, values[at] ?? values[0]] as const),
  );
  const differing = entries.filter(({ isAlike }) => !isAlike);
  const changed = bases.flatMap((base) =>
    differing.flatMap(({ name, values }) =>
      values.map((value) => base.map((entry) => (entry[0] === name ? ([name, value] as const) : entry))),
    ),
  );
  const mixed = others.length < 2 ? [] : combinations(entries);
  return [...bases, ...changed, ...mixed].map(toObject);
}

/** A name of an object, with the values to try. */
interface Entry {
  readonly name: string;
  readonly values: readonly (Json | undefined)[];
  /** Whether the other side accepts all of its values, so that they make no difference. */
  readonly isAlike: boolean;
}

function declaredValues(shape: ObjectShape, others: readonly ObjectShape[], inner: Inner): readonly Entry[] {
  return [...shape.props].map(([name, { schema, isRequired }]) => {
    const theirs = others.map((target) => schemaOfName(target, name));
    const isAlike =
      theirs.every((target) => contains(target, schema)) &&
      (isRequired || others.every(({ props }) => props.get(name)?.isRequired !== true));
    const values = inner(schema, theirs.flat(), isAlike ? 1 : EACH);
    return { name, values: isRequired ? values : [undefined, ...values], isAlike };
  });
}

function otherValues(shape: ObjectShape, others: readonly ObjectShape[], inner: Inner): readonly Entry[] {
  const undeclared = undeclaredValues(shape) ?? [ANY];
  return undeclaredNames(shape, others).map((name) => {
    const theirs = others.flatMap((target) => schemaOfName(target, name));
    const values = shape.rest !== "open" && shape.rest.length === 0 ? [] : inner(undeclared, theirs, EACH);
    return { name, values: [undefined, ...values], isAlike: false };
  });
}

/** A name that only the other side declares counts as not sent, unless this side mentions undeclared names. */
function undeclaredNames(shape: ObjectShape, others: readonly ObjectShape[]): readonly string[] {
  const declared =
    undeclaredValues(shape) === undefined ? [] : others.flatMap(({ props }) => [...props.keys()]);
  return [...new Set([...declared, ...UNDECLARED])].filter((name) => !shape.props.has(name));
}

/** Mixed values of all names, in a fixed order that looks random. */
function combinations(entries: readonly Entry[]) {
  let state = 7;
  const next = (count: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * count);
  };
  return Array.from({ length: COMBINATIONS }, () =>
    entries.map(({ name, values }) => [name, values[next(values.length)]] as const),
  );
}

function toObject(entries: readonly (readonly [string, Json | undefined])[]): Json {
  return Object.fromEntries(
    entries.filter((entry): entry is readonly [string, Json] => entry[1] !== undefined),
  );
}
