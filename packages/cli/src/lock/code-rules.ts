import { ruleText } from "./schema/model.ts";
import { RULES } from "./schema/print-schema.ts";

type JsonSchema = Record<string, unknown>;

/** What zod hands to `override`: a schema and its description, which may be extended. */
interface ZodPart {
  readonly zodSchema: { readonly _zod: { readonly def: ZodDefinition } };
  readonly jsonSchema: JsonSchema;
}

interface ZodDefinition {
  readonly type: string;
  readonly checks?: readonly {
    readonly _zod: { readonly def: { readonly check: string; readonly fn?: unknown; readonly tx?: unknown } };
  }[];
  readonly coerce?: boolean;
  readonly transform?: unknown;
  readonly in?: ZodPart["zodSchema"];
  readonly out?: ZodPart["zodSchema"];
}

/** Options for zod's JSON Schema: marks the parts that code decides, which JSON Schema leaves out. */
export const ZOD_OPTIONS = {
  override({ zodSchema, jsonSchema }: ZodPart): void {
    const { def } = zodSchema._zod;
    const rules = [...checkRules(def), ...pipeRules(def)];
    if (rules.length === 0) return;
    const inner = Array.isArray(jsonSchema[RULES]) ? jsonSchema[RULES] : [];
    jsonSchema[RULES] = [...inner, ...rules];
  },
};

function checkRules({ checks = [], coerce, type }: ZodDefinition): readonly string[] {
  const coercions = coerce === true || type === "catch" ? [ruleText("coercion", type)] : [];
  const custom = checks.flatMap(({ _zod: { def } }) => {
    if (def.check === "custom") return [ruleText("refinement", codeOf(def.fn))];
    return def.check === "overwrite" ? [ruleText("transform", codeOf(def.tx))] : [];
  });
  return [...coercions, ...custom];
}

function pipeRules({ type, in: first, out: last }: ZodDefinition): readonly string[] {
  if (type !== "pipe" || first === undefined || last === undefined) return [];
  const [before, after] = [first._zod.def, last._zod.def];
  if (before.type === "transform") return [ruleText("coercion", codeOf(before.transform))];
  return [ruleText("transform", after.type === "transform" ? codeOf(after.transform) : after.type)];
}

/** A part of an arktype schema. */
interface ArkNode {
  readonly predicate?: unknown;
  readonly inner?: { readonly morphs?: readonly unknown[]; readonly predicate?: unknown };
}

/** The same for arktype, which names no position for them. */
export function arktypeRules(schema: object): readonly string[] {
  const select =
    "select" in schema && typeof schema.select === "function" ? schema.select.bind(schema) : undefined;
  if (select === undefined) return [];
  const predicates = (select("predicate") as readonly ArkNode[]).map(({ inner, predicate }) =>
    ruleText("refinement", codeOf(typeof predicate === "function" ? predicate : inner?.predicate)),
  );
  const morphs = (select("morph") as readonly ArkNode[]).flatMap(({ inner }) =>
    (inner?.morphs ?? []).map((morph) => ruleText("transform", codeOf(morph))),
  );
  return [...predicates, ...morphs];
}

/** Rules from code are equal when their source is, apart from what a formatter or a compiler changes. */
function codeOf(code: unknown): string {
  if (typeof code !== "function") return "unreadable code";
  return Function.prototype.toString
    .call(code)
    .replace(/["'`]/g, '"')
    .replace(/\s+/g, "")
    .replace(/\((\w+)\)=>/g, "$1=>")
    .replace(/,(?=[)\]}])|;(?=\})/g, "");
}
