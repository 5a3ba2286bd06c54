import { describe, expect, it } from "vitest";
import { leftovers } from "../rules/leftovers.mjs";
import { brokerKinds, identifierNames, names, typeNames } from "../rules/names.mjs";
import { testLuck } from "../rules/test-luck.mjs";
import { thrownValues } from "../rules/thrown-values.mjs";
import { repositoryOf } from "./repository-of.ts";

describe("names", () => {
  it.each(["packages/core/src/utils/a.ts", "packages/core/src/helpers.ts", "scripts/common.test.ts"])(
    "%s says nothing",
    (path) => {
      expect(names(repositoryOf({ [path]: "" }))).toHaveLength(1);
    },
  );

  it("a word inside a name is a word like any other", () => {
    expect(names(repositoryOf({ "docs/guide/common-questions.md": "" }))).toEqual([]);
  });

  it("a private word is no name of a file, a folder or a type, and the term is told", () => {
    const files = {
      "packages/core/src/turnstile/sift.ts": "export interface Outlook {}\ntype HeldRuns = 1;",
    };
    expect(names(repositoryOf(files)).map(({ message }) => message)).toEqual([
      '"turnstile" is a private word: say task-limiter.',
      '"sift.ts" is a private word: say classify-messages.',
    ]);
    expect(typeNames(repositoryOf(files)).map(({ line, message }) => `${line} ${message}`)).toEqual([
      "1 type Outlook is a private word: say next-due.",
      "2 type HeldRuns is a private word: say in-flight.",
    ]);
  });

  it("a private word begins no identifier of production code; strings, comments and tests may have it", () => {
    const text = 'const tellAll = place.of("tell"); // tell\nclass A { #heedPauses() {} foretell() {} }';
    const files = { "packages/core/src/a.ts": text, "packages/core/src/a.test.ts": text };
    expect(identifierNames(repositoryOf(files)).map(({ line, message }) => `${line} ${message}`)).toEqual([
      "1 tellAll is a private word: say report, publish, send or write.",
      "1 place is a private word: say target, position, slot or where.",
      "2 heedPauses is a private word: say apply.",
    ]);
  });

  it("no program for every adapter names a kind, but for the default of the command line", () => {
    const files = {
      "packages/adapter-sqs/package.json": '{ "jobs": { "kind": "sqs" } }',
      "packages/adapter-sqs/src/a.ts": 'const KIND = "sqs";',
      "packages/cli/src/a.ts":
        'export const DEFAULT_BROKER = "sqs"; // "sqs"\nif (kind === "sqs") run("sqs.js");',
    };
    expect(brokerKinds(repositoryOf(files)).map(({ path, line }) => `${path}:${line}`)).toEqual([
      "packages/cli/src/a.ts:2",
    ]);
  });
});

describe("leftovers", () => {
  // Written in two halves, so that the rule does not find this file itself.
  const found = (path: string, text: string) => leftovers(repositoryOf({ [path]: text }));

  it.each(["// TO" + "DO later", "/* FIX" + "ME */", "// @ts-" + "nocheck"])("%s is left behind", (text) => {
    expect(found("packages/core/src/a.ts", text)).toHaveLength(1);
  });

  it.each(["test.todo(name)", "it.fails(name, run)", "const options = { retry: 2 };"])(
    "a test file with %s hides something",
    (text) => {
      expect(found("packages/core/src/a.test.ts", text)).toHaveLength(1);
    },
  );

  it("words in strings and calls in production code are no marks", () => {
    expect(found("packages/core/src/a.ts", 'const mark = "TODO";\nreader.fails(1);')).toEqual([]);
    expect(found("packages/core/src/a.test.ts", "it.skipIf(noServer)(name, run)")).toEqual([]);
  });
});

describe("thrown values", () => {
  const found = (path: string, text: string) => thrownValues(repositoryOf({ [path]: text }));

  it.each([
    "const text = error instanceof Error ? error.message : String(error);",
    "log(String(thrown));",
    "const { code } = cause as NodeJS.ErrnoException;",
    "throw (reason as Error).cause;",
  ])("%s can throw", (text) => {
    expect(found("packages/cli/src/a.ts", text)).not.toEqual([]);
  });

  it("tests, and the function that never throws, may look", () => {
    expect(found("packages/core/src/errors/to-error.ts", "value instanceof Error")).toEqual([]);
    expect(found("packages/core/test/a.test.ts", "error instanceof Error")).toEqual([]);
  });
});

describe("luck in tests", () => {
  const found = (text: string, path = "packages/core/test/a.test.ts") =>
    testLuck(repositoryOf({ [path]: text }));
  const timers = 'import { setTimeout as pause } from "node:timers/promises";\n';
  const searches = { assert: "fc.ass" + "ert(", model: "run" + "Model(" };

  it.each([
    "const chance = Math.ran" + "dom();",
    `${searches.assert}fc.property(fc.nat(), (n) => n >= 0));`,
    `${searches.assert}fc.property(fc.nat(), (n) => n >= 0), { numRuns: 10 });`,
    `await ${searches.model}{ createHarness, runs: 10 });`,
    "await new Promise((resolve) => setTime" + "out(resolve, 50));",
    `${timers}await pause(50);`,
    'it("a", async () => {\n  await b();\n}, 5_000);',
    'it("a", { timeout: 20_000 }, async () => {});',
    'it("a", async () => {\n  await b();\n}, 60_000);',
  ])("%s is found", (text) => {
    expect(found(text)).toHaveLength(1);
  });

  it.each([
    `${searches.assert}fc.property(fc.nat(), (n) => n >= 0), { seed: 1 });`,
    `await ${searches.model}{ createHarness, seed, runs: 10 });`,
    `${timers}// What is under test is an outage of that length.\nawait pause(50);`,
    "await expect.poll(() => seen).toBe(3);",
    'it("a", { timeout: 90_000 }, async () => {\n  await b();\n}, 120_000);',
    '// not Math.random()\nconst text = "fc.sample(";',
  ])("%s is fine", (text) => {
    expect(found(text)).toEqual([]);
  });

  it("looks at tests only, and at what they start for lots only", () => {
    expect(found("Math.ran" + "dom();", "packages/core/src/a.ts")).toEqual([]);
    expect(
      found("new Promise((resolve) => setTime" + "out(resolve, 5));", "packages/core/test/a.mjs"),
    ).toEqual([]);
  });
});
