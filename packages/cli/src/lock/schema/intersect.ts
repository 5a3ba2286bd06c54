import { accepts } from "./accepts.ts";
import {
  type ArrayShape,
  type ConstShape,
  merged,
  type NumberShape,
  type ObjectShape,
  type Property,
  ruleText,
  type Schema,
  type Shape,
  type StringShape,
  schemaAt,
  schemaOfName,
} from "./model.ts";
import { simplify } from "./simplify.ts";

/** The values that both accept. */
export function intersect(one: Schema, other: Schema): Schema {
  return simplify(one.flatMap((left) => other.flatMap((right) => both(left, right))));
}

function both(left: Shape, right: Shape): Schema {
  const rules = merged(left.rules, right.rules);
  if (left.kind === "any") return [{ ...right, rules }];
  if (right.kind === "any") return [{ ...left, rules }];
  if (left.kind === "const") return constIn(left, right);
  if (right.kind === "const") return constIn(right, left);
  if (left.kind === "number" && right.kind === "number") return [{ ...bothRanges(left, right), rules }];
  if (left.kind === "string" && right.kind === "string") return [{ ...bothTexts(left, right), rules }];
  if (left.kind === "array" && right.kind === "array") return [{ ...bothLists(left, right), rules }];
  if (left.kind === "object" && right.kind === "object") return [{ ...bothObjects(left, right), rules }];
  return [];
}

function constIn(shape: ConstShape, other: Shape): Schema {
  const verdict = accepts([{ ...other, rules: [] }], shape.value);
  if (verdict === "no") return [];
  const demands = other.kind === "string" ? [...other.formats, ...other.patterns] : other.kind;
  const doubt = verdict === "unknown" ? [ruleText("within", demands)] : [];
  return [{ ...shape, rules: merged(merged(shape.rules, other.rules), doubt) }];
}

function bothRanges(left: NumberShape, right: NumberShape): NumberShape {
  const min = Math.max(left.min, right.min);
  const max = Math.min(left.max, right.max);
  return {
    ...left,
    isInteger: left.isInteger || right.isInteger,
    min,
    isMinOpen: [left, right].some((shape) => shape.min === min && shape.isMinOpen),
    max,
    isMaxOpen: [left, right].some((shape) => shape.max === max && shape.isMaxOpen),
    multiples: merged(left.multiples, right.multiples),
  };
}

function bothTexts(left: StringShape, right: StringShape): StringShape {
  return {
    ...left,
    min: Math.max(left.min, right.min),
    max: Math.min(left.max, right.max),
    patterns: merged(left.patterns, right.patterns),
    formats: merged(left.formats, right.formats),
  };
}

function bothLists(left: ArrayShape, right: ArrayShape): ArrayShape {
  const length = Math.max(left.prefix.length, right.prefix.length);
  return {
    ...left,
    prefix: Array.from({ length }, (_, index) => intersect(schemaAt(left, index), schemaAt(right, index))),
    rest: intersect(left.rest, right.rest),
    min: Math.max(left.min, right.min),
    max: Math.min(left.max, right.max),
    isUnique: left.isUnique || right.isUnique,
  };
}

function bothObjects(left: ObjectShape, right: ObjectShape): ObjectShape {
  const names = new Set([...left.props.keys(), ...right.props.keys()]);
  const props = [...names].map((name): [string, Property] => [
    name,
    {
      schema: intersect(schemaOfName(left, name), schemaOfName(right, name)),
      isRequired: [left, right].some(({ props }) => props.get(name)?.isRequired === true),
    },
  ]);
  return {
    ...left,
    props: new Map(props),
    rest: bothRests(left.rest, right.rest),
    min: Math.max(left.min, right.min),
    max: Math.min(left.max, right.max),
  };
}

function bothRests(left: ObjectShape["rest"], right: ObjectShape["rest"]): ObjectShape["rest"] {
  if (left === "open") return right;
  return right === "open" ? left : intersect(left, right);
}
