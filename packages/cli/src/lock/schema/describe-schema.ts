import type { ArrayShape, NumberShape, ObjectShape, Schema, Shape, StringShape } from "./model.ts";

/** More alternatives would make the line unreadable. */
const MAX_PARTS = 6;

/** A schema in a few words: `"s" | "m"`, `integer 1…9`, `(email string)[]`. */
export function describeSchema(schema: Schema): string {
  if (schema.length === 0) return "nothing";
  const words = [...new Set(schema.map(describeShape))];
  const more = words.length > MAX_PARTS ? [`${words.length - MAX_PARTS} more`] : [];
  return [...words.slice(0, MAX_PARTS), ...more].join(" | ");
}

function describeShape(shape: Shape): string {
  const kinds = [...new Set(shape.rules.map((rule) => rule.split(" ", 1)[0]))];
  const rules = kinds.length === 0 ? "" : ` with ${kinds.join(" and ")}`;
  return `${valuesOf(shape)}${rules}`;
}

function valuesOf(shape: Shape): string {
  switch (shape.kind) {
    case "any":
      return "any";
    case "const":
      return JSON.stringify(shape.value);
    case "number":
      return range(shape);
    case "string":
      return text(shape);
    case "array":
      return list(shape);
    case "object":
      return object(shape);
  }
}

function range({ isInteger, min, isMinOpen, max, isMaxOpen, multiples }: NumberShape): string {
  const lower = Number.isFinite(min) ? [`${isMinOpen ? ">" : ">="} ${min}`] : [];
  const upper = Number.isFinite(max) ? [`${isMaxOpen ? "<" : "<="} ${max}`] : [];
  const steps = multiples.map((step) => `multiple of ${step}`);
  return [isInteger ? "integer" : "number", ...lower, ...upper, ...steps].join(" ");
}

function text({ min, max, patterns, formats }: StringShape): string {
  return [...formats, "string", ...lengths(min, max), ...patterns.map((pattern) => `/${pattern}/`)].join(" ");
}

function lengths(min: number, max: number): readonly string[] {
  if (min === 0 && max === Number.POSITIVE_INFINITY) return [];
  return [`(${min === 0 ? "" : min}…${max === Number.POSITIVE_INFINITY ? "" : max})`];
}

function list({ prefix, rest, min, max }: ArrayShape): string {
  const inner = (schema: Schema) => {
    const words = describeSchema(schema);
    return words.includes(" ") ? `(${words})` : words;
  };
  if (prefix.length > 0) return `[${prefix.map(inner).join(", ")}${rest.length === 0 ? "" : ", …"}]`;
  return [`${inner(rest)}[]`, ...lengths(min, max)].join(" ");
}

function object({ props, rest }: ObjectShape): string {
  const names = [...props].map(([name, { isRequired }]) => (isRequired ? name : `${name}?`));
  const shown = names.length > MAX_PARTS ? [...names.slice(0, MAX_PARTS), "…"] : names;
  const others = rest !== "open" && rest.length > 0 ? ["…"] : [];
  return names.length === 0 && rest === "open" ? "object" : `{ ${[...shown, ...others].join(", ")} }`;
}
