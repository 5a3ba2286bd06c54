import { accepts } from "./accepts.ts";
import type { NumberShape, ObjectShape, Schema, Shape } from "./model.ts";

/** Whether it is proven that no value is accepted by both. */
export function areDisjoint(one: Schema, other: Schema): boolean {
  return one.every((left) => other.every((right) => areApart(left, right)));
}

function areApart(left: Shape, right: Shape): boolean {
  if (left.kind === "const") return accepts([{ ...right, rules: [] }], left.value) === "no";
  if (right.kind === "const") return areApart(right, left);
  if (left.kind === "any" || right.kind === "any") return false;
  if (left.kind === "number" && right.kind === "number") return isBelow(left, right) || isBelow(right, left);
  if (left.kind === "object" && right.kind === "object") return haveApartNames(left, right);
  return left.kind !== right.kind;
}

function isBelow(left: NumberShape, right: NumberShape): boolean {
  return left.max < right.min || (left.max === right.min && (left.isMaxOpen || right.isMinOpen));
}

/** A name that both require, with values that only one of them accepts: the discriminator of a union. */
function haveApartNames(left: ObjectShape, right: ObjectShape): boolean {
  return [...left.props].some(([name, { schema, isRequired }]) => {
    const other = right.props.get(name);
    return isRequired && other?.isRequired === true && areDisjoint(schema, other.schema);
  });
}
