import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { ConfigError } from "../errors/config-errors.ts";
import type { SignatureIssue } from "../errors/contract-errors.ts";
import { serializeError } from "../errors/serialized-error.ts";
import { createSignature } from "./create-signature.ts";
import { pointerPath } from "./issue-words.ts";
import { type JsonSchema, readParams } from "./json-schema-params.ts";
import { schemaIssues } from "./schema-issues.ts";
import { type CheckedValues, issuesOf, type Signature } from "./signature.ts";

/**
 * A schema that can validate (Standard Schema) and describe itself (Standard JSON Schema): zod 4, arktype, wrapped
 * valibot.
 */
export interface ParamsSchema<Input = unknown, Output = Input> {
  readonly "~standard": StandardSchemaV1.Props<Input, Output> & StandardJSONSchemaV1.Props<Input, Output>;
}

/** What a schema accepts, before defaults and transforms. */
export type SchemaInput<Schema extends ParamsSchema> = StandardSchemaV1.InferInput<Schema>;

/** What a schema returns, after defaults and transforms. */
export type SchemaOutput<Schema extends ParamsSchema> = StandardSchemaV1.InferOutput<Schema>;

/** Whether `value` is a Standard Schema, with or without JSON Schema. Arktype's are functions. */
export function isStandardSchema(value: unknown): value is StandardSchemaV1 {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") && "~standard" in value
  );
}

/**
 * Creates a signature from a schema: names from its JSON Schema; the schema checks the values.
 * @throws ConfigError naming `where` when it is not one object with fixed names, or contains types that JSON does not
 * have.
 */
export function signatureOfSchema(where: string, schema: StandardSchemaV1): Signature {
  const params = readParams(where, inputJsonSchema(where, schema));
  return createSignature(where, params, {
    schema,
    check: (values) => checkBySchema(schema, values),
    checkKnown: (values, later) => checkKnownBySchema(schema, values, later),
  });
}

/** A value that no type of JSON accepts. */
const UNKNOWN = Symbol("taken later");

/**
 * A schema checks an object as a whole only after all its properties are right. So each later value is one that is
 * wrong, and what is left are issues of single values. Where a schema accepts any value for the later ones, rules
 * over several may have run. Then no issue is reported.
 */
async function checkKnownBySchema(
  schema: StandardSchemaV1,
  values: Readonly<Record<string, unknown>>,
  later: readonly string[],
): Promise<readonly SignatureIssue[]> {
  const unknown = Object.fromEntries(later.map((name) => [name, UNKNOWN]));
  const issues = issuesOf(await checkBySchema(schema, { ...values, ...unknown }));
  const isLater = ({ path }: SignatureIssue) => later.includes(pointerPath(path)[0] ?? "");
  return issues.some(isLater) ? issues.filter((issue) => issue.path !== "" && !isLater(issue)) : [];
}

function checkBySchema(
  schema: StandardSchemaV1,
  values: Readonly<Record<string, unknown>>,
): CheckedValues | Promise<CheckedValues> {
  try {
    const result = schema["~standard"].validate(values);
    return result instanceof Promise
      ? result.then((late) => toChecked(values, late), refuseThrown)
      : toChecked(values, result);
  } catch (error) {
    return refuseThrown(error);
  }
}

/**
 * A schema whose rules or transforms throw has not accepted the values. Its error may quote them, so it is replaced.
 */
function refuseThrown(error: unknown): CheckedValues {
  const kind = serializeError(error).name;
  return {
    status: "refused",
    issues: [{ path: "", kind: "invalid", expected: `checkable: the schema threw ${kind}` }],
  };
}

function toChecked(
  values: Readonly<Record<string, unknown>>,
  result: StandardSchemaV1.Result<unknown>,
): CheckedValues {
  return result.issues === undefined
    ? { status: "ok", value: result.value }
    : { status: "refused", issues: schemaIssues(values, result.issues) };
}

function inputJsonSchema(where: string, schema: StandardSchemaV1): JsonSchema {
  if (!canDescribeItself(schema)) {
    throw new ConfigError(
      `${where}: this ${schema["~standard"].vendor} schema cannot describe itself as JSON Schema.`,
      {
        hint: "Use zod 4 or arktype, or wrap a valibot schema in toStandardJsonSchema() of @valibot/to-json-schema.",
      },
    );
  }
  try {
    return describe(schema);
  } catch (cause) {
    const names = unrepresentableParams(schema);
    const what = names.length === 0 ? "the schema" : `parameter ${names.join(", ")}`;
    throw new ConfigError(`${where}: ${what} contains a type that JSON does not have.`, {
      hint: "Declare its JSON form, and convert it with a transform: a date as an ISO 8601 string, a bigint as a string.",
      cause,
    });
  }
}

function describe(schema: ParamsSchema): JsonSchema {
  return schema["~standard"].jsonSchema.input({ target: "draft-2020-12" });
}

function canDescribeItself(schema: StandardSchemaV1): schema is ParamsSchema {
  return "jsonSchema" in schema["~standard"];
}

/** Libraries report that a part cannot be described, but not which: so each part is tested alone. */
function unrepresentableParams(schema: object): readonly string[] {
  const shape: unknown = "shape" in schema ? schema.shape : undefined;
  if (typeof shape !== "object" || shape === null) return [];
  return Object.entries(shape)
    .filter(([, part]) => isStandardSchema(part) && canDescribeItself(part) && !isRepresentable(part))
    .map(([name]) => name);
}

function isRepresentable(schema: ParamsSchema): boolean {
  try {
    describe(schema);
    return true;
  } catch {
    return false;
  }
}
