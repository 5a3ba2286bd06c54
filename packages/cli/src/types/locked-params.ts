import { ConfigError } from "@jobs/core";
import type { Json, ObjectShape, Property, Schema, Shape } from "../lock/schema/model.ts";
import { printSchema } from "../lock/schema/print-schema.ts";
import { readSchema } from "../lock/schema/read-schema.ts";
import { testPattern } from "../lock/schema/test-pattern.ts";
import type { LockedTask } from "../lock/task-lock.ts";

/** The locked parameters of a task, to be compared or printed. */
export function paramsOf({ params }: LockedTask): Schema {
  return readSchema(params);
}

/** JSON Schema of the parameters without what only the owner's code decides. */
export function schemaOf(task: LockedTask): Json {
  return printSchema(plain(paramsOf(task)));
}

/**
 * The same for `defineTask`, which reads the names from one object. So that of a union has the names of all its parts.
 * @throws ConfigError for a task whose names are not in the lock
 */
export function contractOf(name: string, task: LockedTask): Json {
  const schema = plain(paramsOf(task));
  const objects = schema.filter((shape): shape is ObjectShape => shape.kind === "object");
  if (objects.length === 0 || objects.length < schema.length) {
    throw new ConfigError(
      `task ${name}: its parameters are too large for a lock, so their names are unknown.`,
      {
        hint: "Use --format dts, and let the owner's app check.",
      },
    );
  }
  const printed = printSchema(objects) as { readonly [keyword: string]: Json };
  const names = [...new Set(objects.flatMap(({ props }) => [...props.keys()]))];
  if (objects.length === 1) return { properties: {}, ...printed };
  return {
    type: "object",
    properties: Object.fromEntries(names.map((each) => [each, true])),
    required: names.filter((each) => objects.every(({ props }) => props.get(each)?.isRequired)),
    ...printed,
  };
}

/** A schema without rules, and without patterns that another validator cannot compile. */
function plain(schema: Schema): Schema {
  return schema.map(plainShape);
}

function plainShape(shape: Shape): Shape {
  const rules = { rules: [] };
  switch (shape.kind) {
    case "array":
      return { ...shape, ...rules, prefix: shape.prefix.map(plain), rest: plain(shape.rest) };
    case "object": {
      const props = new Map(
        [...shape.props].map(([name, { schema, isRequired }]): [string, Property] => [
          name,
          { schema: plain(schema), isRequired },
        ]),
      );
      return { ...shape, ...rules, props, rest: shape.rest === "open" ? "open" : plain(shape.rest) };
    }
    case "string":
      return { ...shape, ...rules, patterns: shape.patterns.filter(isPortable) };
    default:
      return { ...shape, ...rules };
  }
}

/** Validators read a pattern with the flag `u`, which not every library does. */
function isPortable(pattern: string): boolean {
  return testPattern(pattern, "") !== undefined;
}
