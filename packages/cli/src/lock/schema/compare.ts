import { accepts } from "./accepts.ts";
import { candidates } from "./candidates.ts";
import { contains } from "./contains.ts";
import type { Json, Schema, Shape } from "./model.ts";

/** Whether all values of one schema are accepted by another. */
export type Fit =
  | { readonly status: "fits" }
  /** `witness`: a value that the first accepts and the second refuses. */
  | { readonly status: "refused"; readonly witness: Json }
  /** Neither a proof nor a witness was found. */
  | { readonly status: "unknown"; readonly why: string };

/** How many values of each part are tried. */
const COUNT = 40;

/** Whether `reader` accepts all that `writer` accepts. */
export function compareFit(writer: Schema, reader: Schema): Fit {
  if (contains(reader, writer)) return { status: "fits" };
  const witness = shortest(
    candidates(writer, reader, COUNT).filter((value) => accepts(reader, value) === "no"),
  );
  if (witness !== undefined) return { status: "refused", witness };
  return { status: "unknown", why: whyUnknown(writer, reader) };
}

/** The one that a person reads most quickly. A shorter text is no easier to read than a word. */
function shortest(values: readonly Json[]): Json | undefined {
  const length = (value: Json) => JSON.stringify(value).replace(/"[^"\\]{0,4}"/g, '"text"').length;
  return [...values].sort((one, other) => length(one) - length(other))[0];
}

function whyUnknown(writer: Schema, reader: Schema): string {
  const rules = [...new Set([...rulesIn(writer), ...rulesIn(reader)])];
  const [first] = rules;
  if (first === undefined) return "no proof and no counterexample was found";
  const [kind] = first.split(" ");
  return `${kind} cannot be compared${rules.length === 1 ? "" : `, nor ${rules.length - 1} more`}`;
}

/** All rules at any depth, and the patterns, which are only tried. */
function rulesIn(schema: Schema): readonly string[] {
  return schema.flatMap((shape) => [...shape.rules, ...innerOf(shape).flatMap(rulesIn)]);
}

function innerOf(shape: Shape): readonly Schema[] {
  if (shape.kind === "array") return [...shape.prefix, shape.rest];
  if (shape.kind !== "object") return [];
  return [
    ...[...shape.props.values()].map(({ schema }) => schema),
    ...(shape.rest === "open" ? [] : [shape.rest]),
  ];
}
