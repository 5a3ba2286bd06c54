import type { ArrayShape, ObjectShape, Property, Schema, Shape } from "./model.ts";
import { textOf } from "./print-schema.ts";

/** What happened to a part. */
export type ChangeKind = "added" | "removed" | "renamed" | "made optional" | "made required" | "values";

/** One part of a schema that has changed, and both schemas as a whole with only this part exchanged. */
export interface LocatedChange {
  /** Names from outside to inside, with `[]` for the items of a list. */
  readonly path: readonly string[];
  readonly kind: ChangeKind;
  readonly before: Schema;
  readonly after: Schema;
  /** Whether the part is required now, or was if it is gone. */
  readonly isRequired: boolean;
  /** The new name of what was perhaps renamed. */
  readonly newName?: string;
  /** The old schema with the new part. */
  readonly oldWithNew: Schema;
  /** The new schema with the old part. */
  readonly newWithOld: Schema;
}

/** Where the walk is: how a part goes into the whole of each side. */
interface Position {
  readonly path: readonly string[];
  inOld(part: Schema): Schema;
  inNew(part: Schema): Schema;
}

/** Every part that differs, as deep as it can be named. */
export function locateChanges(before: Schema, after: Schema): readonly LocatedChange[] {
  return walk(before, after, { path: [], inOld: (part) => part, inNew: (part) => part });
}

function walk(before: Schema, after: Schema, position: Position): readonly LocatedChange[] {
  if (textOf(before) === textOf(after)) return [];
  const pairs = pairShapes(before, after);
  if (pairs === undefined) return [change(position, { kind: "values", before, after, isRequired: true })];
  return pairs.flatMap(([old, now]) => {
    const inner: Position = {
      path: position.path,
      inOld: (part) => position.inOld(before.flatMap((shape) => (shape === old ? part : shape))),
      inNew: (part) => position.inNew(after.flatMap((shape) => (shape === now ? part : shape))),
    };
    if (old.kind === "object" && now.kind === "object") return walkObjects(old, now, inner);
    if (old.kind === "array" && now.kind === "array") return walkLists(old, now, inner);
    return [change(inner, { kind: "values", before: [old], after: [now], isRequired: true })];
  });
}

type Part = Pick<LocatedChange, "kind" | "before" | "after" | "isRequired"> & { readonly newName?: string };

function change(position: Position, part: Part): LocatedChange {
  const { before, after } = part;
  return {
    ...part,
    path: position.path,
    oldWithNew: position.inOld(after),
    newWithOld: position.inNew(before),
  };
}

/** Which alternative became which; `undefined` where that is not clear. */
function pairShapes(before: Schema, after: Schema): readonly (readonly [Shape, Shape])[] | undefined {
  const oldTexts = new Set(before.map((shape) => textOf([shape])));
  const newTexts = new Set(after.map((shape) => textOf([shape])));
  const old = before.filter((shape) => !newTexts.has(textOf([shape])));
  const now = after.filter((shape) => !oldTexts.has(textOf([shape])));
  if (old.length !== now.length) return undefined;
  // A lone object has nothing to be told from, so a name with another constant is a change of that name.
  const isLone = before.length === 1 && after.length === 1 && before[0]?.kind === "object";
  const keyed = now.map((shape) => [shape, isLone ? shape.kind : keyOf(shape)] as const);
  const pairs = old.map((shape) => {
    const key = isLone ? shape.kind : keyOf(shape);
    return [shape, keyed.flatMap(([other, otherKey]) => (otherKey === key ? [other] : []))] as const;
  });
  const isClear = pairs.every(([, others]) => others.length === 1);
  return isClear ? pairs.map(([shape, [other]]) => [shape, other as Shape] as const) : undefined;
}

/** The kind, and the discriminators of an object. */
function keyOf(shape: Shape): string {
  if (shape.kind !== "object") return shape.kind === "array" ? "array" : `other ${textOf([shape])}`;
  const constants = [...shape.props].filter(
    ([, { schema, isRequired }]) => isRequired && schema.length === 1 && schema[0]?.kind === "const",
  );
  return `object ${constants.map(([name, { schema }]) => `${name}=${textOf(schema)}`).join()}`;
}

function walkLists(old: ArrayShape, now: ArrayShape, position: Position): readonly LocatedChange[] {
  const isPlain = old.prefix.length === 0 && now.prefix.length === 0;
  if (!isPlain) return [change(position, { kind: "values", before: [old], after: [now], isRequired: true })];
  const withItems = (limits: ArrayShape, { rest }: ArrayShape) => ({ ...limits, rest });
  const isSame = textOf([withItems(old, now)]) === textOf([now]);
  const items: Position = {
    path: [...position.path, "[]"],
    inOld: (part) => position.inOld([{ ...old, rest: part }]),
    inNew: (part) => position.inNew([{ ...now, rest: part }]),
  };
  return [
    ...(isSame ? [] : limitChange(position, [old, now], withItems)),
    ...walk(old.rest, now.rest, items),
  ];
}

/** What concerns a list or an object as a whole: counts, rules, undeclared names. `inner` keeps the inner parts. */
function limitChange<One extends Shape>(
  position: Position,
  [old, now]: readonly [One, One],
  inner: (limits: One, parts: One) => One,
): readonly LocatedChange[] {
  return [
    {
      path: position.path,
      kind: "values",
      before: [old],
      after: [now],
      isRequired: true,
      oldWithNew: position.inOld([inner(now, old)]),
      newWithOld: position.inNew([inner(old, now)]),
    },
  ];
}

function walkObjects(old: ObjectShape, now: ObjectShape, position: Position): readonly LocatedChange[] {
  const renamed = renamedName(old, now);
  const skipped = renamed === undefined ? [] : [renamed.from, renamed.to];
  const names = [...new Set([...old.props.keys(), ...now.props.keys()])].sort();
  const withNames = (limits: ObjectShape, { props }: ObjectShape) => ({ ...limits, props });
  const isSame = textOf([withNames(old, now)]) === textOf([now]);
  return [
    ...(isSame ? [] : limitChange(position, [old, now], withNames)),
    ...(renamed === undefined ? [] : [renaming(old, now, renamed, position)]),
    ...names.filter((name) => !skipped.includes(name)).flatMap((name) => walkName(old, now, name, position)),
  ];
}

interface Renamed {
  readonly from: string;
  readonly to: string;
}

/** One name is gone, and one of the same values is new. */
function renamedName(old: ObjectShape, now: ObjectShape): Renamed | undefined {
  const [from, ...othersGone] = [...old.props.keys()].filter((name) => !now.props.has(name));
  const [to, ...othersNew] = [...now.props.keys()].filter((name) => !old.props.has(name));
  if (from === undefined || to === undefined || othersGone.length > 0 || othersNew.length > 0)
    return undefined;
  const [gone, added] = [old.props.get(from), now.props.get(to)];
  const isSame =
    gone?.isRequired === added?.isRequired && textOf(gone?.schema ?? []) === textOf(added?.schema ?? []);
  return isSame ? { from, to } : undefined;
}

function renaming(
  old: ObjectShape,
  now: ObjectShape,
  { from, to }: Renamed,
  position: Position,
): LocatedChange {
  const before = old.props.get(from) as Property;
  const after = now.props.get(to) as Property;
  return {
    path: [...position.path, from],
    kind: "renamed",
    before: before.schema,
    after: after.schema,
    isRequired: after.isRequired,
    newName: to,
    oldWithNew: position.inOld([withName(withName(old, from, undefined), to, after)]),
    newWithOld: position.inNew([withName(withName(now, to, undefined), from, before)]),
  };
}

function walkName(
  old: ObjectShape,
  now: ObjectShape,
  name: string,
  position: Position,
): readonly LocatedChange[] {
  const [before, after] = [old.props.get(name), now.props.get(name)];
  const here: Position = {
    path: [...position.path, name],
    inOld: (schema) => position.inOld([withName(old, name, { isRequired: true, ...before, schema })]),
    inNew: (schema) => position.inNew([withName(now, name, { isRequired: true, ...after, schema })]),
  };
  const presence = (kind: ChangeKind, { isRequired }: Property): LocatedChange => ({
    path: here.path,
    kind,
    before: before?.schema ?? [],
    after: after?.schema ?? [],
    isRequired,
    // Only the presence is exchanged: a part that both have keeps its values.
    oldWithNew: position.inOld([
      withName(old, name, after && { ...after, schema: before?.schema ?? after.schema }),
    ]),
    newWithOld: position.inNew([
      withName(now, name, before && { ...before, schema: after?.schema ?? before.schema }),
    ]),
  });
  if (before === undefined) return after === undefined ? [] : [presence("added", after)];
  if (after === undefined) return [presence("removed", before)];
  const kind = after.isRequired ? "made required" : "made optional";
  return [
    ...(before.isRequired === after.isRequired ? [] : [presence(kind, after)]),
    ...walk(before.schema, after.schema, here),
  ];
}

function withName(shape: ObjectShape, name: string, property: Property | undefined): ObjectShape {
  const props = new Map(shape.props);
  if (property === undefined) props.delete(name);
  else props.set(name, property);
  return { ...shape, props };
}
