import { describeSchema } from "../lock/schema/describe-schema.ts";
import {
  type ArrayShape,
  type Json,
  type ObjectShape,
  type Schema,
  type Shape,
  schemaAt,
} from "../lock/schema/model.ts";
import { docComment, keyText, literalText } from "./source-text.ts";

/** The type that stands for each value of JSON. Whoever prints a type also declares it. */
export const ANY_TYPE = "JsonValue";

/** The type of the values that a schema accepts, in TypeScript. Limits that no type can say are left to the check. */
export function typeOfSchema(schema: Schema, indent = ""): string {
  if (schema.length === 0) return "never";
  if (schema.some(({ kind }) => kind === "any")) return ANY_TYPE;
  const parts = new Set(schema.map((shape) => typeOfShape(shape, indent)));
  const isBoolean = parts.has("true") && parts.has("false");
  if (!isBoolean) return [...parts].join(" | ");
  return ["boolean", ...[...parts].filter((part) => part !== "true" && part !== "false")].join(" | ");
}

function typeOfShape(shape: Shape, indent: string): string {
  switch (shape.kind) {
    case "any":
      return ANY_TYPE;
    case "const":
      return typeOfValue(shape.value);
    case "number":
      return "number";
    case "string":
      return "string";
    case "array":
      return typeOfList(shape, indent);
    case "object":
      return typeOfObject(shape, indent);
  }
}

function typeOfValue(value: Json): string {
  if (Array.isArray(value)) return `readonly [${value.map(typeOfValue).join(", ")}]`;
  if (typeof value !== "object" || value === null) return literalText(value);
  const members = Object.entries(value).map(
    ([name, inner]) => `readonly ${keyText(name)}: ${typeOfValue(inner)}`,
  );
  return members.length === 0 ? "{ readonly [name: string]: never }" : `{ ${members.join("; ")} }`;
}

/** A list, or a tuple where its first items have types of their own. */
function typeOfList({ prefix, rest, min, max }: ArrayShape, indent: string): string {
  const fixed = Math.min(prefix.length, max);
  if (fixed === 0 && rest.length === 0) return "readonly []";
  if (fixed === 0) return `readonly ${inParentheses(typeOfSchema(rest, indent))}[]`;
  const items = Array.from({ length: fixed }, (_, index) => {
    const type = typeOfSchema(schemaAt({ prefix, rest } as ArrayShape, index), indent);
    return index < min ? type : `${inParentheses(type)}?`;
  });
  const others =
    rest.length === 0 || max <= fixed ? [] : [`...${inParentheses(typeOfSchema(rest, indent))}[]`];
  return `readonly [${[...items, ...others].join(", ")}]`;
}

function inParentheses(type: string): string {
  return /^\w+$/.test(type) ? type : `(${type})`;
}

/** An object. One that mentions no other names has only those that it declares, since producers are typed by it. */
function typeOfObject(shape: ObjectShape, indent: string): string {
  const inner = `${indent}  `;
  const members = [...shape.props].map(([name, property]) => memberText(name, property, inner));
  const others = otherNames(shape, inner) ?? (members.length === 0 ? "never" : undefined);
  const rest = others === undefined ? [] : [`readonly [name: string]: ${others};`];
  if (members.length === 0) return `{ ${rest.join("").slice(0, -1)} }`;
  return `{\n${[...members, ...rest.map((line) => `${inner}${line}`)].join("\n")}\n${indent}}`;
}

/** The type of undeclared names. TypeScript wants that of each declared one to be a part of it. */
function otherNames({ props, rest }: ObjectShape, indent: string): string | undefined {
  if (rest === "open") return props.size === 0 ? ANY_TYPE : undefined;
  if (rest.length === 0) return undefined;
  const declared = [...props.values()].map(({ schema }) => typeOfSchema(schema, indent));
  const absent = [...props.values()].some(({ isRequired }) => !isRequired) ? ["undefined"] : [];
  const all = [typeOfSchema(rest, indent), ...declared];
  return [...new Set(all.includes(ANY_TYPE) ? [ANY_TYPE, ...absent] : [...all, ...absent])].join(" | ");
}

/** A member of an object with what its type does not say. `absent`: a further type of an optional one. */
export function memberText(
  name: string,
  { schema, isRequired }: { readonly schema: Schema; readonly isRequired: boolean },
  indent: string,
  absent = "",
): string {
  const comment = schema.some(isLimited) ? `${indent}${docComment(describeSchema(schema))}\n` : "";
  const type = `${typeOfSchema(schema, indent)}${isRequired ? "" : absent}`;
  return `${comment}${indent}readonly ${keyText(name)}${isRequired ? "" : "?"}: ${type};`;
}

/** Whether the check refuses values of the shape's type. */
function isLimited(shape: Shape): boolean {
  if (shape.rules.length > 0) return true;
  switch (shape.kind) {
    case "any":
    case "const":
    case "object":
      return false;
    case "number":
      return (
        shape.isInteger ||
        Number.isFinite(shape.min) ||
        Number.isFinite(shape.max) ||
        shape.multiples.length > 0
      );
    case "string":
      return (
        shape.min > 0 || Number.isFinite(shape.max) || shape.patterns.length > 0 || shape.formats.length > 0
      );
    case "array":
      return isLimitedList(shape);
  }
}

/** A tuple says its lengths itself. */
function isLimitedList({ prefix, rest, min, max, isUnique }: ArrayShape): boolean {
  const hasLengths = prefix.length === 0 && rest.length > 0 && (min > 0 || Number.isFinite(max));
  return hasLengths || isUnique || rest.some(isLimited);
}
