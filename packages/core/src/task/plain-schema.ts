import { createRequire } from "node:module";
import type { Ajv, ErrorObject, ValidateFunction } from "ajv";
import type { FormatsPlugin } from "ajv-formats";
import { ConfigError } from "../errors/config-errors.ts";
import type { SignatureIssue } from "../errors/contract-errors.ts";
import { describeThrown } from "../errors/to-error.ts";
import { createSignature } from "./create-signature.ts";
import { pointerPath } from "./issue-words.ts";
import { readParams } from "./json-schema-params.ts";
import { schemaIssues } from "./schema-issues.ts";
import type { Signature } from "./signature.ts";

/** Plain JSON Schema of one object with named properties: written in code, read from a file, or from TypeBox. */
export interface ObjectSchema {
  /** `"object"`, typed as a string because an imported JSON file has this type. */
  readonly type?: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  readonly [keyword: string]: unknown;
}

/** Whether it is a schema. `{ type: "object" }` alone could be a parameter named `type`. */
export function isPlainSchema(params: object): params is ObjectSchema {
  if ("$schema" in params) return true;
  return "properties" in params && typeof params.properties === "object" && params.properties !== null;
}

/**
 * Creates a signature from plain JSON Schema: names from its properties, values checked by ajv. The handler gets the
 * values unchanged, since a `default` in JSON Schema is only a description.
 * @throws ConfigError naming `where` for a schema of something else than an object with fixed names. Also for an
 * unknown draft, keyword or format.
 */
export function signatureOfPlainSchema(where: string, schema: ObjectSchema): Signature {
  const params = readParams(where, schema);
  const ajv = validatorOf(where, schema);
  const validate = compile(where, schema, ajv);
  let validateEach: ValidateFunction | undefined;
  return createSignature(where, params, {
    schema,
    check: (values) =>
      validate(values)
        ? { status: "ok", value: values }
        : { status: "refused", issues: toIssues(values, validate.errors ?? []) },
    checkKnown(values) {
      validateEach ??= compileEach(schema, ajv);
      return validateEach(values) ? [] : toIssues(values, validateEach.errors ?? []);
    },
  });
}

/** Validators by the draft in `$schema`; the default is the latest draft. */
const DRAFTS: ReadonlyMap<unknown, string> = new Map([
  [undefined, "ajv/dist/2020.js"],
  ["https://json-schema.org/draft/2020-12/schema", "ajv/dist/2020.js"],
  ["https://json-schema.org/draft/2019-09/schema", "ajv/dist/2019.js"],
  ["http://json-schema.org/draft-07/schema", "ajv/dist/ajv.js"],
  ["http://json-schema.org/draft-07/schema#", "ajv/dist/ajv.js"],
]);

/** One validator for all schemas of a draft: each has to read the draft's own schema first. */
const validators = new Map<string, Ajv>();

function validatorOf(where: string, schema: ObjectSchema): Ajv {
  const file = DRAFTS.get(schema.$schema);
  if (file === undefined) {
    throw new ConfigError(`${where}: the schema's $schema names an unknown draft.`, {
      hint: "Use JSON Schema 2020-12, 2019-09 or draft-07, or leave $schema out.",
    });
  }
  const ajv = validators.get(file) ?? loadValidator(file);
  validators.set(file, ajv);
  return ajv;
}

function compile(where: string, schema: ObjectSchema, ajv: Ajv): ValidateFunction {
  try {
    return ajv.compile(schema);
  } catch (cause) {
    throw new ConfigError(`${where}: the schema cannot be used: ${describeThrown(cause)}.`, {
      cause,
      hint: "Correct the keyword; put descriptions into title, description, examples or $comment.",
    });
  } finally {
    // Another task may use the same schema, or one with the same $id.
    ajv.removeSchema(schema);
  }
}

/** Stands for a schema while its properties are compiled. */
const WHOLE = "jobs:whole";

/** Checks each property by its own rules, which may refer to the whole schema, without the rules over several. */
function compileEach(whole: ObjectSchema, ajv: Ajv): ValidateFunction {
  const each = Object.keys(whole.properties).map((name) => [name, { $ref: `${WHOLE}#/properties/${name}` }]);
  const schema = { properties: Object.fromEntries(each) };
  ajv.addSchema(whole, WHOLE);
  try {
    return ajv.compile(schema);
  } finally {
    ajv.removeSchema(schema);
    ajv.removeSchema(WHOLE);
    ajv.removeSchema(whole);
  }
}

/** Loaded at the first such task, since the validator is larger than all of core. */
function loadValidator(file: string): Ajv {
  const load = createRequire(import.meta.url);
  const { default: Validator } = load(file) as { readonly default: typeof Ajv };
  const { default: addFormats } = load("ajv-formats") as { readonly default: FormatsPlugin };
  const lenient = { strictTypes: false, strictTuples: false, strictRequired: false } as const;
  return addFormats(new Validator({ ...lenient, allErrors: true, logger: false }));
}

/** Keywords whose errors summarise others at the same place. */
const ALTERNATIVES: ReadonlySet<string> = new Set(["anyOf", "oneOf"]);

function toIssues(
  values: Readonly<Record<string, unknown>>,
  errors: readonly ErrorObject[],
): readonly SignatureIssue[] {
  const paths = [...new Set(errors.map(({ instancePath }) => instancePath))];
  return schemaIssues(
    values,
    paths.flatMap((path) => messagesAt(errors.filter(({ instancePath }) => instancePath === path))),
  );
}

/** One message for a place with alternatives, else one for each broken rule. */
function messagesAt(errors: readonly ErrorObject[]) {
  const path = pointerPath(errors[0]?.instancePath ?? "");
  const details = errors.filter(({ keyword }) => !ALTERNATIVES.has(keyword)).map(messageOf);
  const isOneOfMany = details.length < errors.length;
  if (!isOneOfMany || details.length === 0)
    return errors.map((error) => ({ message: messageOf(error), path }));
  return [{ message: `must be ${details.map((text) => text.replace(/^must be /, "")).join(" or ")}`, path }];
}

/** The text of ajv, which contains the rule and never the value. For an enum the allowed values are added. */
function messageOf({ keyword, message = "must be valid", params }: ErrorObject): string {
  if (keyword !== "enum" || !Array.isArray(params.allowedValues)) return message;
  return `must be one of ${params.allowedValues.map((value) => JSON.stringify(value)).join(", ")}`;
}
