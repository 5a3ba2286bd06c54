import { accepts, isInRange } from "./accepts.ts";
import { listValues, objectValues } from "./container-candidates.ts";
import { FORMATS } from "./formats.ts";
import type { Json, NumberShape, Schema, Shape, StringShape } from "./model.ts";
import { matchingTexts } from "./pattern-text.ts";

/** Deeper levels have few values that make a difference, and many that cost time. */
const MAX_DEPTH = 12;

/** Longer texts make no readable example. */
const MAX_LENGTH = 100_001;

/** One value of each kind, and some that limits often refuse. */
const GENERAL: readonly Json[] = ["text", 1, null, true, false, [], {}, "", 0, -1, 0.5, 1e6];

/**
 * Values that `schema` accepts, chosen to be refused by `other` where possible: those first, at most `count`.
 */
export function candidates(schema: Schema, other: Schema, count: number, depth = 0): readonly Json[] {
  if (depth > MAX_DEPTH) return [];
  const found = schema.flatMap((shape) => valuesOf(shape, other, depth));
  const unique = [...new Map(found.map((value) => [JSON.stringify(value), value])).values()];
  const [refused, others]: [Json[], Json[]] = [[], []];
  for (const value of unique) {
    if (accepts(schema, value) === "yes") (accepts(other, value) === "no" ? refused : others).push(value);
  }
  return [...refused.slice(0, count), ...others.slice(0, count)];
}

function valuesOf(shape: Shape, other: Schema, depth: number): readonly Json[] {
  switch (shape.kind) {
    case "any":
      return [...GENERAL, ...schemaConstants(other), ...numbersNear(other), ...textsNear(other)];
    case "const":
      return [shape.value];
    case "number":
      return numbersNear([shape, ...other]).filter((value) => isInRange(shape, value));
    case "string":
      return textsNear([shape, ...other]);
    case "array":
      return listValues(shape, other, (inner, rest, count) => candidates(inner, rest, count, depth + 1));
    case "object":
      return objectValues(shape, other, (inner, rest, count) => candidates(inner, rest, count, depth + 1));
  }
}

function schemaConstants(schema: Schema): readonly Json[] {
  return schema.flatMap((shape) => (shape.kind === "const" ? [shape.value] : []));
}

/** Numbers at the limits, and beside them. */
function numbersNear(schema: Schema): readonly number[] {
  const ranges = schema.filter((shape): shape is NumberShape => shape.kind === "number");
  const constants = schemaConstants(schema).filter((value) => typeof value === "number");
  const limits = ranges.flatMap(({ min, max }) => [min, max]).filter(Number.isFinite);
  const points = [0, 1, ...limits, ...constants];
  const steps = ranges.flatMap(({ multiples }) => multiples);
  const step = steps.reduce((product, one) => product * one, 1);
  const near = [...points, ...middles(points)].flatMap((at) => [
    at,
    at + 1,
    at - 1,
    at + 0.5,
    at - 0.25,
    at + 0.01,
  ]);
  const whole = points.flatMap((at) =>
    [...steps, step].flatMap((size) => {
      const below = Math.floor(at / size) * size;
      return [below, below + size, below - size, below + 2 * size];
    }),
  );
  return [...near, ...whole, 1e6 + 0.5, -1e6 - 0.5].map((value) => (Object.is(value, -0) ? 0 : value));
}

function middles(points: readonly number[]): readonly number[] {
  const sorted = [...new Set(points)].sort((one, other) => one - other);
  return sorted.slice(1).map((point, index) => (point + (sorted[index] ?? 0)) / 2);
}

/** Texts with lengths at the limits, of each format, and of each pattern. */
function textsNear(schema: Schema): readonly string[] {
  const shapes = schema.filter((shape): shape is StringShape => shape.kind === "string");
  const limits = shapes.flatMap(({ min, max }) => [min, min - 1, min + 1, max, max + 1]);
  const lengths = [0, 1, 4, ...limits].filter((length) => length >= 0 && length <= MAX_LENGTH);
  const formats = shapes.flatMap((shape) => shape.formats.flatMap((name) => FORMATS[name] ?? []));
  const patterns = shapes.flatMap((shape) => shape.patterns.flatMap(matchingTexts));
  const constants = schemaConstants(schema).filter((value) => typeof value === "string");
  return [
    "text",
    ...constants,
    ...constants.map((text) => `${text}x`),
    ...lengths.map((length) => "x".repeat(length)),
    ...formats.flatMap(({ samples, sized }) => [
      ...samples,
      ...lengths.map((length) => sized?.(length) ?? ""),
    ]),
    ...patterns,
    ...lengths.flatMap((length) => patterns.map((text) => text.padEnd(length, text.at(-1) ?? "x"))),
    "1",
    "a b",
    "Ä",
  ];
}
