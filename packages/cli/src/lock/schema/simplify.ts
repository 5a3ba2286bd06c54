import { contains } from "./contains.ts";
import {
  type ArrayShape,
  constant,
  isLiteral,
  merged,
  type NumberShape,
  type ObjectShape,
  type Schema,
  type Shape,
  type StringShape,
} from "./model.ts";
import { textOf } from "./print-schema.ts";

/**
 * The same values in one form: limits that say nothing are left out, and so are shapes that accept nothing or that
 * another one contains.
 */
export function simplify(schema: Schema): Schema {
  const shapes = withoutRepeats(schema.flatMap(simplifyShape));
  const all = shapes.map((shape, at) => ({ shape, at }));
  // Each value is there once, and only another kind of shape contains it. An enum may have thousands of them.
  const others = all.filter(({ shape }) => !isLiteral(shape));
  return shapes.filter((shape, index) => {
    const wider = isLiteral(shape) ? others : all;
    return !wider.some(({ shape: other, at }) => at !== index && covers(other, at, shape, index));
  });
}

function withoutRepeats(shapes: readonly Shape[]): readonly Shape[] {
  if (shapes.length < 2) return shapes;
  return [...new Map(shapes.map((shape) => [textOf([shape]), shape])).values()];
}

/** Of two that contain each other, the first one stays. */
function covers(other: Shape, at: number, shape: Shape, index: number): boolean {
  if (!isExact(shape) || !contains([other], [shape], 0)) return false;
  return at < index || !isExact(other) || !contains([shape], [other], 0);
}

/** Objects that do not mention other names contain more than {@link contains} looks at. */
function isExact(shape: Shape): boolean {
  return shape.kind !== "object" && shape.kind !== "array";
}

function simplifyShape(shape: Shape): Schema {
  switch (shape.kind) {
    case "number":
      return simplifyRange(shape);
    case "string":
      return simplifyText(shape);
    case "array":
      return simplifyList(shape);
    case "object":
      return simplifyObject(shape);
    default:
      return [shape];
  }
}

function simplifyRange(shape: NumberShape): Schema {
  const isInteger = shape.isInteger || shape.multiples.includes(1);
  const multiples = isInteger ? shape.multiples.filter((step) => step !== 1) : shape.multiples;
  const { min, max, isMinOpen, isMaxOpen } = isInteger ? wholeLimits(shape) : shape;
  if (min > max || (min === max && (isMinOpen || isMaxOpen))) return [];
  if (min === max && multiples.length === 0) return [{ ...constant(min), rules: shape.rules }];
  return [{ ...shape, isInteger, multiples, min, max, isMinOpen, isMaxOpen }];
}

/** Limits of integers as inclusive ones. Those at the edge of exact numbers say nothing: JSON of jobs has no others. */
function wholeLimits({ min, max, isMinOpen, isMaxOpen }: NumberShape) {
  const low = isMinOpen ? Math.floor(min) + 1 : Math.ceil(min);
  const high = isMaxOpen ? Math.ceil(max) - 1 : Math.floor(max);
  return {
    min: low <= Number.MIN_SAFE_INTEGER ? Number.NEGATIVE_INFINITY : low,
    max: high >= Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : high,
    isMinOpen: false,
    isMaxOpen: false,
  };
}

function simplifyText(shape: StringShape): Schema {
  if (shape.min > shape.max) return [];
  return shape.max === 0 && shape.patterns.length === 0 && shape.formats.length === 0
    ? [{ ...constant(""), rules: shape.rules }]
    : [{ ...shape, patterns: merged(shape.patterns, []), formats: merged(shape.formats, []) }];
}

/** A list ends before an item that nothing fits. */
function simplifyList(shape: ArrayShape): Schema {
  const closed = shape.prefix.findIndex((schema) => schema.length === 0);
  const end = closed === -1 ? shape.prefix.length : closed;
  const isClosed = closed !== -1 || shape.rest.length === 0;
  const max = isClosed ? Math.min(shape.max, end) : shape.max;
  if (shape.min > max) return [];
  const prefix = shape.prefix.slice(0, Math.min(end, max));
  return [{ ...shape, max, prefix, rest: max <= prefix.length ? [] : shape.rest }];
}

function simplifyObject(shape: ObjectShape): Schema {
  const isClosed = shape.rest !== "open" && shape.rest.length === 0;
  const all = [...shape.props];
  if (all.some(([, { schema, isRequired }]) => isRequired && schema.length === 0)) return [];
  const required = all.filter(([, { isRequired }]) => isRequired).length;
  const kept = all.filter(([, { schema }]) => schema.length > 0 || !isClosed);
  const possible = kept.filter(([, { schema }]) => schema.length > 0).length;
  const most = isClosed ? possible : Number.POSITIVE_INFINITY;
  if (Math.max(shape.min, required) > Math.min(shape.max, most)) return [];
  return [
    {
      ...shape,
      props: new Map(kept.sort(([one], [other]) => (one < other ? -1 : 1))),
      min: shape.min <= required ? 0 : shape.min,
      max: shape.max >= most ? Number.POSITIVE_INFINITY : shape.max,
    },
  ];
}
