import type { Signature } from "@jobs/core/task";
import { arktypeRules, ZOD_OPTIONS } from "./code-rules.ts";
import { isRecord } from "./schema/accepts.ts";
import { merged, type Schema, type Shape } from "./schema/model.ts";
import { readSchema } from "./schema/read-schema.ts";

/** The parameters of a task as a schema: one object, whose names are exact whatever the library says. */
export function paramsSchema({ schema }: Signature): Schema {
  if (!isDescribable(schema)) return closed(readSchema(schema));
  const { vendor, jsonSchema } = schema["~standard"];
  const options = vendor === "zod" ? { libraryOptions: ZOD_OPTIONS } : {};
  const described = readSchema(jsonSchema.input({ target: "draft-2020-12", ...options }));
  const rules = vendor === "arktype" ? arktypeRules(schema) : [];
  return closed(described.map((shape) => ({ ...shape, rules: merged(shape.rules, rules) })));
}

interface Describable {
  readonly "~standard": {
    readonly vendor: string;
    readonly jsonSchema: { input(options: object): unknown };
  };
}

function isDescribable(schema: object): schema is Describable {
  return "~standard" in schema && isRecord(schema["~standard"]) && "jsonSchema" in schema["~standard"];
}

/** The names of parameters are checked by core, which refuses undeclared ones. */
function closed(schema: Schema): Schema {
  return schema.map((shape) => (shape.kind === "object" ? { ...shape, rest: [] } : shape));
}

/** What a worker accepts: one with `compat: "additive"` drops undeclared names. */
export function workerSchema(schema: Schema, isAdditive: boolean): Schema {
  if (!isAdditive) return schema;
  return schema.map((shape): Shape => (shape.kind === "object" ? { ...shape, rest: "open" } : shape));
}
