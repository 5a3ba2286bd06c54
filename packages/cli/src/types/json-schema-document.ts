import type { Json } from "../lock/schema/model.ts";
import type { Lock } from "../lock/task-lock.ts";
import { ENVELOPE_FIELDS, REQUIRED_FIELDS } from "./envelope-schema.ts";
import { schemaOf } from "./locked-params.ts";

/**
 * One document of JSON Schema. `$defs` has the parameters of each task. The document itself describes a message as it
 * is stored in a queue, with the parameters of its task.
 */
export function jsonSchemaDocument({ tasks }: Lock): Json {
  const entries = Object.entries(tasks);
  const definitions = entries.map(([name, task]): [string, Json] => [name, schemaOf(task)]);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A job as it is stored in a queue",
    type: "object",
    properties: {
      task: { enum: entries.map(([name]) => name) },
      params: { type: "object" },
      ...ENVELOPE_FIELDS,
    },
    required: REQUIRED_FIELDS,
    allOf: entries.map(([name, { signature }]) => ({
      if: { properties: { task: { const: name } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits a schema
      then: { properties: { params: { $ref: `#/$defs/${name}` }, sig: { examples: [signature] } } },
    })),
    $defs: Object.fromEntries(definitions),
  };
}
