import { isRecord } from "./accepts.ts";
import { areDisjoint } from "./disjoint.ts";
import { intersect } from "./intersect.ts";
import { ANNOTATIONS, COMPARED, KEYWORDS_OF_KIND } from "./keywords.ts";
import { ANY, constant, type Json, merged, ruleText, type Schema, type Shape, sortedJson } from "./model.ts";
import { textOf } from "./print-schema.ts";
import { type ReadInner, shapeOfKind } from "./read-shape.ts";
import { simplify } from "./simplify.ts";

type Node = Readonly<Record<string, unknown>>;

/** One that is larger when all references are resolved becomes a rule. */
const MAX_NODES = 20_000;

/** What is deeper in the value becomes a rule: the file has to be as deep as JSON is read again, or less. */
const MAX_DEPTH = 40;

/** Where the reader is. */
interface Position {
  readonly root: unknown;
  /** The schemas around this one, with their depth in the value: a reference to one of them is a recursion. */
  readonly around: readonly { readonly node: unknown; readonly depth: number }[];
  readonly depth: number;
  /** Shared by all positions. */
  readonly budget: { left: number };
}

/** Reads a JSON Schema of any draft from draft-07 on. What cannot be compared becomes a rule. */
export function readSchema(root: unknown): Schema {
  return read(root, { root, around: [], depth: 0, budget: { left: MAX_NODES } });
}

function read(node: unknown, position: Position): Schema {
  if (node === false) return [];
  if (!isRecord(node)) return [ANY];
  const { around, depth, budget } = position;
  const ancestor = around.find((other) => other.node === node);
  if (ancestor !== undefined) return [ruled("$ref", `up:${depth - ancestor.depth}`)];
  budget.left -= 1;
  // The content is in the rule, since equal rules count as equal.
  if (budget.left < 0) return [ruled("size", withDefinitions(node, position.root))];
  if (depth > MAX_DEPTH) return [ruled("depth", withDefinitions(node, position.root))];
  const here = { ...position, around: [...around, { node, depth }] };
  const own = [readOwn(node, here), ...literals(node), ...composed(node, here), ...references(node, here)];
  const all = own.reduce(intersect);
  return simplify(withRules(nullable(node, all), rulesOf(node, position.root)));
}

function ruled(kind: string, content: unknown): Shape {
  return { ...ANY, rules: [ruleText(kind, content)] };
}

function withRules(schema: Schema, rules: readonly string[]): Schema {
  return rules.length === 0
    ? schema
    : schema.map((shape) => ({ ...shape, rules: merged(shape.rules, rules) }));
}

const KINDS = ["null", "boolean", "number", "string", "array", "object"] as const;

/** What `type` and the keywords of each kind say. */
function readOwn(node: Node, position: Position): Schema {
  const isSilent = !Object.values(KEYWORDS_OF_KIND).some((keywords) => keywords.some((word) => word in node));
  if (node.type === undefined && isSilent) return [ANY];
  const kinds: readonly unknown[] = node.type === undefined ? KINDS : [node.type].flat();
  const inner: ReadInner = (child) => read(child, { ...position, depth: position.depth + 1 });
  return kinds.flatMap((kind): Schema => {
    if (kind === "null") return [constant(null)];
    if (kind === "boolean") return [constant(false), constant(true)];
    return shapeOfKind(kind, node, inner);
  });
}

function literals(node: Node): readonly Schema[] {
  const one = "const" in node ? [[constant(node.const as Json)]] : [];
  const some = Array.isArray(node.enum) ? [node.enum.map((value) => constant(value as Json))] : [];
  return [...one, ...some];
}

function composed(node: Node, position: Position): readonly Schema[] {
  const parts = (keyword: string): readonly Schema[] =>
    Array.isArray(node[keyword]) ? node[keyword].map((part: unknown) => read(part, position)) : [];
  const anyOf = Array.isArray(node.anyOf) ? [parts("anyOf").flat()] : [];
  const oneOf = Array.isArray(node.oneOf) ? [exactlyOne(parts("oneOf"))] : [];
  const never = isRecord(node.not) && Object.keys(node.not).length === 0 ? [[]] : [];
  return [...parts("allOf"), ...anyOf, ...oneOf, ...never];
}

/** Where parts overlap, their common values are refused, which nothing here can compare. */
function exactlyOne(parts: readonly Schema[]): Schema {
  const union = parts.flat();
  const isSeparate = parts.every((one, index) =>
    parts.slice(index + 1).every((other) => areDisjoint(one, other)),
  );
  if (isSeparate) return union;
  return withRules(union, [ruleText("oneOf", parts.map(textOf).sort().join())]);
}

function references(node: Node, position: Position): readonly Schema[] {
  if (typeof node.$ref !== "string") return [];
  const target = node.$ref.startsWith("#") ? find(position.root, node.$ref.slice(1)) : undefined;
  return [target === undefined ? [ruled("$ref", node.$ref)] : read(target, position)];
}

function find(root: unknown, pointer: string): unknown {
  let found = root;
  for (const part of decodeURIComponent(pointer).split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    const isThere = (isRecord(found) || Array.isArray(found)) && Object.hasOwn(found, key);
    found = isThere ? Reflect.get(found as object, key) : undefined;
  }
  return found;
}

/** As OpenAPI and ajv read it: beside a type, `null` is accepted too. */
function nullable(node: Node, schema: Schema): Schema {
  return node.nullable === true && node.type !== undefined ? [...schema, constant(null)] : schema;
}

/** The keywords that no comparison knows. One with a reference means what the definitions say. */
function rulesOf(node: Node, root: unknown): readonly string[] {
  const known = Array.isArray(node["x-rules"]) ? node["x-rules"].map(String) : [];
  const unknown = Object.entries(node)
    .filter(([keyword, value]) => !isKnown(keyword, value))
    .map(([keyword, value]) => ruleText(keyword, withDefinitions(value, root)));
  return merged(known, unknown);
}

function isKnown(keyword: string, value: unknown): boolean {
  if (keyword === "not") return isRecord(value) && Object.keys(value).length === 0;
  return COMPARED.has(keyword) || ANNOTATIONS.has(keyword);
}

function withDefinitions(value: unknown, root: unknown): unknown {
  if (!sortedJson(value).includes('"$ref"') || !isRecord(root)) return value;
  return [value, root];
}
