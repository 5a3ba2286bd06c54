import { ConfigError } from "../errors/config-errors.ts";
import { isObject } from "../options/is-object.ts";
import { pointerPath } from "./issue-words.ts";
import type { ParamKind, SignatureParam } from "./signature.ts";

/** A JSON Schema from any library, not validated. */
export type JsonSchema = Readonly<Record<string, unknown>>;

type Scalar = string | number | boolean | null;

const KIND_OF_TYPE: Readonly<Record<string, ParamKind>> = {
  string: "string",
  number: "number",
  integer: "integer",
  boolean: "boolean",
  null: "null",
  array: "array",
  object: "object",
};

/**
 * Reads the named parameters from the JSON Schema of one object.
 * @throws ConfigError naming `where` for anything else: a union, a record, an object with a catch-all.
 */
export function readParams(where: string, root: JsonSchema): readonly SignatureParam[] {
  const schema = resolve(root, root);
  const properties = schema.properties;
  if (schema.type !== "object" || !isObject(properties)) {
    throw new ConfigError(`${where}: the schema must be one object with named properties.`, {
      hint: "Wrap unions, arrays and records in a property of an object.",
    });
  }
  if (acceptsAnyName(schema)) {
    throw new ConfigError(
      `${where}: the schema accepts undeclared names, but a signature must declare each name.`,
      {
        hint: "Put the open part into a separate parameter, e.g. { extra: z.record(...) }.",
      },
    );
  }
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  return Object.entries(properties).map(([name, property]) => ({
    name,
    isOptional: !required.has(name),
    ...readKind(root, property),
  }));
}

function acceptsAnyName(schema: JsonSchema): boolean {
  return (
    (schema.additionalProperties !== undefined && schema.additionalProperties !== false) ||
    schema.patternProperties !== undefined
  );
}

function readKind(root: JsonSchema, property: unknown): Pick<SignatureParam, "kind" | "values"> {
  if (!isObject(property)) return { kind: "any" };
  const schema = resolve(root, property);
  const values = allowedValues(root, schema);
  if (values !== undefined) return { kind: "enum", values: Object.freeze(values) };
  const kind = typeof schema.type === "string" ? KIND_OF_TYPE[schema.type] : undefined;
  return { kind: kind ?? "any" };
}

/** The values of an enum, a literal or a union of these; `undefined` when it accepts others too. */
function allowedValues(root: JsonSchema, schema: JsonSchema): Scalar[] | undefined {
  if (schema.type === "null") return undefined;
  if ("const" in schema) return isScalar(schema.const) ? [schema.const] : undefined;
  if (Array.isArray(schema.enum)) return schema.enum.every(isScalar) ? [...schema.enum] : undefined;
  const parts: unknown = schema.anyOf ?? schema.oneOf;
  if (!Array.isArray(parts)) return undefined;
  const values: Scalar[] = [];
  for (const part of parts) {
    const some = isObject(part) ? allowedPart(root, resolve(root, part)) : undefined;
    if (some === undefined) return undefined;
    values.push(...some);
  }
  return values;
}

function allowedPart(root: JsonSchema, part: JsonSchema): readonly Scalar[] | undefined {
  return part.type === "null" ? [null] : allowedValues(root, part);
}

/** Resolves a reference in the same document; recursive schemas contain such references. */
function resolve(root: JsonSchema, schema: JsonSchema): JsonSchema {
  let current = schema;
  for (let hops = 0; typeof current.$ref === "string" && hops < MAX_HOPS; hops++) {
    const target = lookUp(root, current.$ref);
    if (target === undefined) return {};
    current = target;
  }
  return current;
}

/** Ends a cycle of references. */
const MAX_HOPS = 10;

function lookUp(root: JsonSchema, reference: string): JsonSchema | undefined {
  if (!reference.startsWith("#")) return undefined;
  let found: unknown = root;
  for (const key of pointerPath(decodeURIComponent(reference))) {
    found = isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  return isObject(found) ? found : undefined;
}

function isScalar(value: unknown): value is Scalar {
  return (
    value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean"
  );
}
