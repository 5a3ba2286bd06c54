import { isObject } from "../options/is-object.ts";
import { sha256 } from "../runtime/sha256.ts";
import type { Signature } from "./signature.ts";

/** Keywords that decide nothing about which values are accepted. */
const ANNOTATIONS = new Set([
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
  "$comment",
  "$schema",
  "$id",
]);

/** Keywords whose values are schemas by name. A name is no keyword, even if it is `title`. */
const BY_NAME = new Set(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"]);

/** Keywords that list values whose order means nothing. */
const SETS = new Set(["required", "enum", "type"]);

const digests = new WeakMap<Signature, string>();

/**
 * Digest of the JSON Schema of a signature's parameters: 16 hex digits. Two releases with the same digest accept the
 * same values, as far as JSON Schema says it. The fingerprint alone has no types. Descriptions, defaults and the order of
 * names do not change it. Code does not either: JSON Schema does not show refinements and transforms.
 */
export function schemaDigest(signature: Signature): string {
  const known = digests.get(signature);
  if (known !== undefined) return known;
  const text = textOf(withoutAnnotations(jsonSchemaOf(signature)));
  const digest = sha256(text).slice(0, 16);
  digests.set(signature, digest);
  return digest;
}

function jsonSchemaOf({ schema }: Signature): unknown {
  if (!("~standard" in schema)) return schema;
  const standard: unknown = schema["~standard"];
  const describer = isObject(standard) ? standard.jsonSchema : undefined;
  if (!isObject(describer) || typeof describer.input !== "function") return {};
  return describer.input({ target: "draft-2020-12" });
}

function withoutAnnotations(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutAnnotations);
  if (!isObject(schema)) return schema;
  const kept = Object.entries(schema).filter(([keyword]) => !ANNOTATIONS.has(keyword));
  return Object.fromEntries(kept.map(([keyword, value]) => [keyword, keptValue(keyword, value)]));
}

function keptValue(keyword: string, value: unknown): unknown {
  if (SETS.has(keyword) && Array.isArray(value)) return value.map(textOf).sort();
  if (keyword === "const") return value;
  if (!BY_NAME.has(keyword) || !isObject(value)) return withoutAnnotations(value);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutAnnotations(part)]));
}

/** JSON with sorted names. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${textOf(value[name])}`).join()}}`;
}
