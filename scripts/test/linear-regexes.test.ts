import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkSync } from "recheck";
import { describe, expect, it } from "vitest";
import { parseAst } from "vitest/node";
import { productionFiles, readRepository } from "../rules/repository.mjs";

/** Runs the analysis in this process, since the library's engines in other languages are not installed. */
process.env.RECHECK_BACKEND = "pure";

/** For each place that builds an expression from text: an example of what it builds. */
const MADE: Readonly<Record<string, RegExp>> = {
  "packages/cli/src/base/program.ts": /(?<![\w@./:-])jobs (?=(?:init|worker|dlq|--help|COMMAND)(?![\w-]))/g,
  "packages/cli/src/lock/schema/formats.ts":
    /^20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?Z$/,
  "packages/cli/src/project/load-module.ts": /file:\/\/\/srv\/app|\/srv\/app/,
  "packages/cli/src/project/read-config-file.ts": /(^|[\s{,[.])["']?key["']?(\s*[:=]|\.|\s*\])/,
  "packages/core/src/config/environment-layer.ts":
    /^JOBS_TASK_(?<task>\w+?)_(?<setting>TIMEOUT|BACKOFF|QUEUE)$/,
  // A pattern of the schema of a task, in the tests of its app.
  "packages/testing/src/generate-payloads.ts": /^[A-Z]{2}\d+$/u,
};

/**
 * The expressions that were proven, since a proof of all takes minutes of processor time. It stands as long as the
 * expression does. `JOBS_PROVE=all` proves all again and writes the list, as the nightly run does.
 */
const PROVEN_FILE = new URL("./proven-regexes.json", import.meta.url);
const PROVES_ALL = process.env.JOBS_PROVE === "all";
const PROVEN: ReadonlySet<string> = new Set<string>(
  PROVES_ALL ? [] : (JSON.parse(readFileSync(PROVEN_FILE, "utf8")) as string[]),
);

interface Found {
  readonly path: string;
  /** Missing where the expression is built from text. */
  readonly regex?: { readonly pattern: string; readonly flags: string };
}

interface Node {
  readonly type: string;
  readonly regex?: Found["regex"];
  readonly callee?: { readonly name?: string };
}

/** Every regular expression of the packages, found by the parser that also builds the tests. */
function findRegexes(): readonly Found[] {
  const repository = readRepository(fileURLToPath(new URL("../..", import.meta.url)));
  return productionFiles(repository)
    .filter(({ path, text }) => path.endsWith(".ts") && /\/|RegExp/.test(text))
    .flatMap(({ path, text }) => [...regexesIn(parseAst(text, { lang: "ts" }), path)]);
}

function* regexesIn(node: unknown, path: string): Generator<Found> {
  if (typeof node !== "object" || node === null) return;
  const { type, regex, callee } = node as Node;
  if (type === "Literal" && regex !== undefined) yield { path, regex };
  if ((type === "NewExpression" || type === "CallExpression") && callee?.name === "RegExp") yield { path };
  for (const child of Object.values(node)) yield* regexesIn(child, path);
}

const found = findRegexes();
const literals: ReadonlyMap<string, Found> = new Map(
  found.flatMap((one) => (one.regex ? [[`/${one.regex.pattern}/${one.regex.flags}`, one] as const] : [])),
);
const made = found.filter(({ regex }) => regex === undefined).map(({ path }) => path);

/** Those that this run has proven. */
const proven: string[] = [];

describe("every regular expression takes time for each character once", { timeout: 300_000 }, () => {
  it("finds them all, and has an example of those that are put together", () => {
    expect(literals.size).toBeGreaterThan(80);
    expect(new Set(made)).toEqual(new Set(Object.keys(MADE)));
  });

  it.each([...literals].map(([text, { path, regex }]) => ({ text, path, regex })))(
    "$text in $path",
    ({ text, regex }) => {
      if (PROVEN.has(text)) return;
      expect(judge(regex?.pattern ?? "", regex?.flags ?? "")).toBe("safe");
      proven.push(text);
    },
  );

  it("the list of proven expressions has no other", () => {
    if (PROVES_ALL) writeFileSync(PROVEN_FILE, `${JSON.stringify(proven.sort(), null, 2)}\n`);
    expect([...PROVEN].filter((text) => !literals.has(text))).toEqual([]);
  });

  it.each(Object.entries(MADE))("what %s puts together", (_path, { source, flags }) => {
    expect(judge(source, flags)).toBe("safe");
  });

  it.each([/^(a+)+$/, /\s+$/, /\b[a-z][a-z0-9+.-]*:\/\/\S+/])("%s would be found", ({ source, flags }) => {
    expect(judge(source, flags)).toMatch(/vulnerable/);
  });
});

/**
 * Limits steps instead of time: with a time limit, a busy machine makes every expression look slow. The longest analysis
 * takes seconds; `timeout` is only there to end one that never would.
 */
const BY_STEPS = { timeout: 250_000, attackTimeout: null, incubationTimeout: null };

/** `safe`, or the reason why it is slow. */
function judge(source: string, flags: string): string {
  const { status, ...rest } = checkSync(source, flags, BY_STEPS);
  return status === "safe" ? status : `${status}: ${"attack" in rest ? rest.attack?.pattern : "unknown"}`;
}
