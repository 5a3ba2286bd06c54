import { isObject } from "@jobs/core/runtime";
import type { Signature } from "@jobs/core/task";
import type { ParserOutput } from "@oclif/core/interfaces";
import { readJson } from "../input/read-json.ts";
import { CliError } from "../output/cli-error.ts";
import { type ParamSources, readSource, readStdin } from "./read-source.ts";
import { typeValue } from "./type-value.ts";

/** Parameters as they were written on a command line. */
export interface WrittenParams {
  /** `a=1`, `b[]=x`, `c:={"d":1}`, in the order they were typed. */
  readonly assignments: readonly string[];
  /** `--params`: an object that the assignments are added to, and override. */
  readonly base?: string | undefined;
}

/**
 * The parameters of a job, typed by `signature`; without one by the rule for undeclared names. The send checks names
 * and types, so that all errors are reported at once.
 * @throws CliError `usage` for what is no assignment and for a name given twice, `refused` for broken JSON.
 */
export async function parseParams(
  written: WrittenParams,
  signature: Signature | undefined,
  sources: ParamSources,
): Promise<Record<string, unknown>> {
  const base = written.base === undefined ? {} : await readBase(written.base, sources);
  const params: Record<string, unknown> = Object.assign(Object.create(null), base);
  const started = new Set<string>();
  for (const assignment of parseAssignments(written.assignments)) {
    const { name, isItem } = assignment;
    const value = await readValue(assignment, signature, sources);
    const items = started.has(name) ? (params[name] as readonly unknown[]) : [];
    started.add(name);
    params[name] = isItem ? [...items, value] : value;
  }
  return params;
}

/**
 * Takes assignments apart, without a signature.
 * @throws CliError `usage` for what is no assignment and for a name given twice, `refused` for a forbidden name
 */
export function parseAssignments(written: readonly string[]): readonly Assignment[] {
  const given = new Map<string, "value" | "list">();
  return written.map((argument) => {
    const assignment = parseAssignment(argument);
    const { name, isItem } = assignment;
    const before = given.get(name);
    if (before === "value" || (before === "list" && !isItem)) {
      throw new CliError("usage", `the parameter ${name} is given twice.`);
    }
    given.set(name, isItem ? "list" : "value");
    return assignment;
  });
}

async function readBase(written: string, sources: ParamSources): Promise<object> {
  const text =
    written === "-" ? await readStdin("--params", sources) : await readSource(written, "--params", sources);
  const base = jsonOf(text, "--params");
  if (isObject(base)) return base;
  throw new CliError("refused", "--params must be a JSON object with parameters by name.");
}

async function readValue(
  { name, form, isItem, written }: Assignment,
  signature: Signature | undefined,
  sources: ParamSources,
): Promise<unknown> {
  const text = await readSource(written, name, sources);
  if (form === "json") return jsonOf(text, name);
  if (written.startsWith("@") && !written.startsWith("@@")) return text;
  // A signature does not declare the type of list items, so their text is typed without it.
  return typeValue(text, isItem ? undefined : signature?.params.find((param) => param.name === name));
}

/** Refuses what cannot be trusted as a job's parameters (`__proto__`, numbers too large), without quoting it. */
function jsonOf(text: string, name: string): unknown {
  const read = readJson(text);
  if (read.status === "ok") return read.value;
  const instead =
    name === "--params" ? `: --params '{"name": "value"}'` : `, or write ${name}=text for plain text`;
  throw new CliError("refused", `the value of ${name} is not usable JSON: ${read.reason}.`, {
    hint: read.isJson
      ? "Write each key once, and a number that is too long as a text."
      : `Check quotes and brackets${instead}.`,
  });
}

/** One `k=v` of a command line, taken apart but not typed. */
interface Assignment {
  readonly name: string;
  /** `k=v` text to be typed by the signature, or `k:=v` JSON whatever the signature says. */
  readonly form: "text" | "json";
  /** `k[]=v` appends to a list. */
  readonly isItem: boolean;
  readonly written: string;
}

/** The name ends at the first of `=`, `:=`, `[]=`, `[]:=`; what follows is the value, whatever it holds. */
const FORM = /^(?<name>[^=:[\]]+)(?<item>\[\])?(?<json>:)?=(?<written>[\s\S]*)$/;

/** Names that would reach into objects instead of naming a parameter (F65). */
const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Parses one argument.
 * @throws CliError `usage` for anything but an assignment, so that a single word never becomes a parameter. `refused`
 * for an invalid name of a parameter.
 */
function parseAssignment(argument: string): Assignment {
  const { name, item, json, written = "" } = FORM.exec(argument)?.groups ?? {};
  if (name === undefined) {
    throw new CliError("usage", `"${shorten(argument)}" is not a parameter.`, {
      hint: "Write parameters as name=value, name[]=item or name:=JSON.",
    });
  }
  if (FORBIDDEN.has(name)) throw new CliError("refused", `${name} cannot be the name of a parameter.`);
  return { name, form: json === undefined ? "text" : "json", isItem: item !== undefined, written };
}

const LONGEST_SHOWN = 40;

/** Only the start, up to a sign that a value may begin: what follows may be secret. */
function shorten(argument: string): string {
  const start = argument.split(/[=:]/)[0] ?? "";
  return start.length <= LONGEST_SHOWN ? start : `${start.slice(0, LONGEST_SHOWN)}…`;
}

/** The words of a command line after `taken` words. With a flag such as `--bool=true`, also the separate `true`. */
export function wordsAfter({ raw }: Pick<ParserOutput, "raw">, taken: number): readonly string[] {
  const words = raw.filter((token) => token.type === "arg").map((token) => token.input);
  return words.slice(taken);
}
