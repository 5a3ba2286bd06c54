import { accepts, isMultiple } from "./accepts.ts";
import { FORMATS } from "./formats.ts";
import { literalsOf } from "./literals.ts";
import {
  ANY,
  type ArrayShape,
  isWidening,
  type NumberShape,
  type ObjectShape,
  type Schema,
  type Shape,
  type StringShape,
  schemaAt,
  schemaOfName,
  sortedJson,
  undeclaredValues,
} from "./model.ts";

/** How often a shape is split into smaller ones before the comparison gives up. */
const MAX_SPLITS = 4;

/** More parts would take too long. */
const MAX_PARTS = 12;

/**
 * Whether it is proven that `wide` accepts every value of `narrow`. `false` says only that there is no proof.
 *
 * A name that an object of `narrow` does not declare may count as not sent, see {@link undeclaredValues}. So a new
 * optional name fits an old job.
 */
export function contains(wide: Schema, narrow: Schema, splits = MAX_SPLITS): boolean {
  const { texts, others } = literalsOf(wide);
  return narrow.every((shape) => {
    const isLiteral = shape.kind === "const" && shape.rules.length === 0;
    if (isLiteral && texts.has(sortedJson(shape.value))) return true;
    if ((isLiteral ? others : wide).some((target) => shapeContains(target, shape))) return true;
    const parts = splits > 0 ? split(shape, wide) : undefined;
    return parts !== undefined && contains(wide, parts, splits - 1);
  });
}

/** The same values as several shapes: one for each alternative of a property, and for the absence of an optional one. */
function split(shape: Shape, wide: Schema): Schema | undefined {
  if (shape.kind === "number") return splitRange(shape, wide);
  if (shape.kind !== "object" || wide.filter(({ kind }) => kind === "object").length < 2) return undefined;
  for (const [name, { schema, isRequired }] of shape.props) {
    const isWhole = isRequired ? schema.length < 2 : schema.length === 0;
    if (isWhole || schema.length > MAX_PARTS) continue;
    const parts = schema.map((part) => ({ schema: [part], isRequired: true }));
    const absent = isRequired ? [] : [{ schema: [], isRequired: false }];
    return [...parts, ...absent].map((property) => ({
      ...shape,
      props: new Map(shape.props).set(name, property),
    }));
  }
  return undefined;
}

/** Ranges that overlap in `wide` contain together what none contains alone. */
function splitRange(shape: NumberShape, wide: Schema): Schema | undefined {
  const inside = (limit: number) => limit > shape.min && limit < shape.max;
  const other = wide.find(
    (target): target is NumberShape => target.kind === "number" && (inside(target.max) || inside(target.min)),
  );
  if (other === undefined) return undefined;
  const at = inside(other.max) ? other.max : other.min;
  const isLeftOpen = inside(other.max) ? other.isMaxOpen : !other.isMinOpen;
  if (!shape.isInteger) {
    return [
      { ...shape, max: at, isMaxOpen: isLeftOpen },
      { ...shape, min: at, isMinOpen: !isLeftOpen },
    ];
  }
  const last = isLeftOpen ? Math.ceil(at) - 1 : Math.floor(at);
  return [
    { ...shape, max: last },
    { ...shape, min: last + 1 },
  ];
}

function shapeContains(wide: Shape, narrow: Shape): boolean {
  const hasRules = wide.rules.every((rule) => narrow.rules.includes(rule));
  const isWidened = narrow.rules.some((rule) => isWidening(rule) && !wide.rules.includes(rule));
  if (!hasRules || isWidened) return false;
  if (wide.kind === "any") return true;
  if (narrow.kind === "const") return accepts([{ ...wide, rules: [] }], narrow.value) === "yes";
  if (wide.kind === "number" && narrow.kind === "number") return rangeContains(wide, narrow);
  if (wide.kind === "string" && narrow.kind === "string") return textContains(wide, narrow);
  if (wide.kind === "array" && narrow.kind === "array") return listContains(wide, narrow);
  if (wide.kind === "object" && narrow.kind === "object") return objectContains(wide, narrow);
  return false;
}

function rangeContains(wide: NumberShape, narrow: NumberShape): boolean {
  const isIntegral = narrow.isInteger || narrow.multiples.some(Number.isInteger);
  if (wide.isInteger && !isIntegral) return false;
  const isBelow = narrow.min < wide.min || (narrow.min === wide.min && wide.isMinOpen && !narrow.isMinOpen);
  const isAbove = narrow.max > wide.max || (narrow.max === wide.max && wide.isMaxOpen && !narrow.isMaxOpen);
  const hasSteps = wide.multiples.every((step) =>
    narrow.multiples.some((finer) => stepContains(step, finer)),
  );
  return !isBelow && !isAbove && hasSteps;
}

/** Libraries round quotients of fractions differently: for ajv 1.1 is a multiple of 0.1, and none of 0.01. */
function stepContains(step: number, finer: number): boolean {
  return step === finer || (Number.isInteger(step) && Number.isInteger(finer) && isMultiple(finer, step));
}

function textContains(wide: StringShape, narrow: StringShape): boolean {
  const known = narrow.formats.flatMap((name) => FORMATS[name] ?? []);
  const min = Math.max(narrow.min, ...known.map((format) => format.min));
  const max = Math.min(narrow.max, ...known.map((format) => format.max));
  return (
    wide.min <= min &&
    wide.max >= max &&
    wide.patterns.every((pattern) => narrow.patterns.includes(pattern)) &&
    wide.formats.every((format) => narrow.formats.includes(format))
  );
}

function listContains(wide: ArrayShape, narrow: ArrayShape): boolean {
  if (wide.min > narrow.min || wide.max < narrow.max) return false;
  if (wide.isUnique && !narrow.isUnique && narrow.max > 1) return false;
  const positions = Math.min(Math.max(wide.prefix.length, narrow.prefix.length) + 1, narrow.max);
  for (let index = 0; index < positions; index++) {
    if (!contains(schemaAt(wide, index), schemaAt(narrow, index))) return false;
  }
  return true;
}

function objectContains(wide: ObjectShape, narrow: ObjectShape): boolean {
  for (const [name, { schema, isRequired }] of narrow.props) {
    if (wide.props.get(name)?.isRequired === true && !isRequired) return false;
    if (!contains(schemaOfName(wide, name), schema)) return false;
  }
  const undeclared = undeclaredValues(narrow);
  for (const [name, { schema, isRequired }] of wide.props) {
    if (narrow.props.has(name)) continue;
    if (isRequired || (undeclared !== undefined && !contains(schema, undeclared))) return false;
  }
  return restContains(wide, narrow) && countContains(wide, narrow);
}

function restContains({ rest }: ObjectShape, narrow: ObjectShape): boolean {
  return rest === "open" || contains(rest, narrow.rest === "open" ? [ANY] : narrow.rest);
}

function countContains(wide: ObjectShape, narrow: ObjectShape): boolean {
  const required = [...narrow.props.values()].filter(({ isRequired }) => isRequired).length;
  const isClosed = narrow.rest !== "open" && narrow.rest.length === 0;
  const most = Math.min(narrow.max, isClosed ? narrow.props.size : Number.POSITIVE_INFINITY);
  return wide.min <= Math.max(narrow.min, required) && wide.max >= most;
}
