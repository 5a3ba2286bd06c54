import { describe, expect, it } from "vitest";
import { z } from "zod";
import { isJobsError } from "../errors/jobs-error.ts";
import { defineTask } from "./define-task.ts";
import type { TaskOptions } from "./task.ts";

function refusal(define: () => unknown): string {
  try {
    define();
  } catch (error) {
    if (isJobsError(error, "invalid_config")) return `${error.message} ${error.hint ?? ""}`;
    throw error;
  }
  return "accepted";
}

describe("defineTask", () => {
  it("takes its name from the first argument alone [W27]", () => {
    const here = defineTask("resize", { file: "string" });
    const elsewhere = (() => defineTask("resize", { file: "string" }))();
    expect(here.name).toBe("resize");
    expect(JSON.stringify(here)).toBe(JSON.stringify(elsewhere));
  });

  it("gives a contract without a handler, frozen all the way down [W36]", () => {
    const options = { queue: "mail", aliases: ["old"], backoff: [1_000, 2_000] };
    const task = defineTask("mail", { to: "string", cc: "array?" }, options);
    options.aliases.push("older");
    expect(task.options.aliases).toEqual(["old"]);
    for (const part of [task, task.options, task.options.aliases, task.options.backoff, task.signature]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(task.signature.params.every((param) => Object.isFrozen(param))).toBe(true);
  });

  it("keeps only the options that were given", () => {
    const undefinedQueue = { queue: undefined, priority: 3 } as unknown as TaskOptions;
    expect(defineTask("a", {}).options).toEqual({});
    expect(Object.keys(defineTask("a", {}, undefinedQueue).options)).toEqual(["priority"]);
  });

  it("makes the same signature of each form", () => {
    const words = defineTask("w", { file: "any", dry_run: "any?" }).signature;
    const names = defineTask("n", ["file", "dry_run?"]).signature;
    const schema = defineTask("s", z.object({ file: z.any(), dry_run: z.any().optional() })).signature;
    expect(names.params).toEqual(words.params);
    expect(schema.params).toEqual(words.params);
    expect([names.text, schema.text]).toEqual([words.text, words.text]);
    expect([names.fingerprint, schema.fingerprint]).toEqual(["dry_run?,file", "dry_run?,file"]);
  });

  it.each(["a", "my_task", "export.shp", "send-email", "T1", "a".repeat(80)])(
    "accepts the name %s",
    (name) => {
      expect(defineTask(name, {}).name).toBe(name);
    },
  );

  it.each(["", "1st", "_x", "a b", "a/b", "a:b", "ä", "a\n", "a".repeat(81), "__proto__"])(
    "refuses the name %j",
    (name) => {
      expect(refusal(() => defineTask(name, {}))).toContain(
        `defineTask: ${JSON.stringify(name)} cannot be a task's name`,
      );
    },
  );

  it.each([undefined, null, 5, {}, []])("refuses the name %j, which is no text", (name) => {
    expect(refusal(() => defineTask(name as unknown as string, {}))).toContain("cannot be a task's name");
  });

  it.each<[what: string, params: unknown, expected: string]>([
    ["nothing", undefined, 'task "t": parameters must be words, names or a schema, got undefined.'],
    ["null", null, "got null"],
    ["a word", "number", "got string"],
    ["a function", () => 1, "got function"],
    [
      "JSON Schema of anything but an object",
      { $schema: "https://json-schema.org/draft/2020-12/schema" },
      "the schema must be one object with named properties",
    ],
  ])("refuses %s as parameters", (_, params, expected) => {
    expect(refusal(() => defineTask("t", params as never))).toContain(expected);
  });
});

describe("options", () => {
  const accepted: readonly TaskOptions[] = [
    { queue: "mail.high-1_x" },
    { maxAttempts: 1 },
    { timeoutMs: Number.POSITIVE_INFINITY },
    { backoff: { type: "exponential", baseMs: 1, maxMs: 10 } },
    { backoff: () => 5 },
    { nonRetryable: [TypeError, (error) => error === 1] },
    { priority: 9 },
    { domain: "eu" },
    { aliases: ["old_name"] },
    { compat: "additive" },
    { onMismatch: "dead" },
    { description: "Sends one mail." },
  ];

  it.each(accepted)("accepts %o", (options) => {
    expect(defineTask("t", {}, options).options).toEqual(options);
  });

  it.each<[options: unknown, expected: string]>([
    [{ que: "mail" }, 'unknown option "que". Did you mean "queue"?'],
    [{ handler: 1 }, 'unknown option "handler". Known: queue, maxAttempts'],
    [{ queue: "a b" }, 'queue must be 1 to 80 letters, digits, _, . or -, got "a b"'],
    [{ queue: "" }, "queue must be"],
    [{ queue: "x".repeat(81) }, "queue must be"],
    [{ queue: "../etc" }, "queue must be"],
    [{ maxAttempts: 0 }, "maxAttempts must be a whole number from 1, got 0"],
    [{ maxAttempts: 1.5 }, "maxAttempts must be"],
    [{ maxAttempts: "5" }, 'maxAttempts must be a whole number from 1, got "5"'],
    [
      { timeoutMs: 0 },
      "timeoutMs must be a number of ms above 0 and up to 3153600000000 (100 years), or Infinity, got 0",
    ],
    [{ timeoutMs: Number.NaN }, "timeoutMs must be"],
    [{ timeoutMs: "5s" }, "timeoutMs must be"],
    [{ timeoutMs: 1e300 }, "timeoutMs must be"],
    [{ pollIntervalMs: -1 }, "pollIntervalMs must be"],
    [{ backoff: -1 }, "backoff must be"],
    [{ nonRetryable: TypeError }, "nonRetryable must be a list of"],
    [{ nonRetryable: ["TypeError"] }, "nonRetryable[0] must be a function, got string"],
    [{ priority: 10 }, "priority must be a whole number from 0 to 9, got 10"],
    [{ domain: "" }, "domain must be"],
    [{ aliases: "old" }, "aliases must be a list of task names"],
    [{ aliases: ["old name"] }, 'aliases: "old name" cannot be a task\'s name'],
    [{ compat: "loose" }, 'compat must be "strict" or "additive", got "loose"'],
    [{ onMismatch: null }, 'onMismatch must be "hold" or "dead", got null'],
    [{ description: 1 }, "description must be a text, got number"],
  ])("refuses %o, naming the option", (options, expected) => {
    const message = refusal(() => defineTask("t", {}, options as TaskOptions));
    expect(message).toContain('task "t"');
    expect(message).toContain(expected);
  });
});
