import { adapter as memory } from "@jobs/adapter-memory";
import { createApp, defineTask, type Task, upcast } from "@jobs/core";
import { expect, test } from "vitest";
import { appConformance, type ConformanceOptions } from "../src/index.ts";

/** Runs the checks of earlier versions. `undefined` for those that pass. */
async function prove(
  task: Task,
  options: Partial<ConformanceOptions> = {},
): Promise<readonly (string | undefined)[]> {
  const checks = appConformance(createApp({ tasks: [task] }), { like: [memory], ...options });
  const outcomes = checks
    .filter(({ title }) => title.startsWith("jobs of version"))
    .map(({ run }) =>
      run().then(
        () => undefined,
        (error: Error) => error.message,
      ),
    );
  return Promise.all(outcomes);
}

const old = {
  type: "object",
  properties: {
    mail: { type: "string", format: "email" },
    size: { enum: ["s", "l"] },
    tags: { type: "array", items: { type: "string", minLength: 2 }, maxItems: 3 },
    at: { type: "object", properties: { x: { type: "integer", minimum: 3, maximum: 9 } }, required: ["x"] },
    note: { type: ["string", "null"] },
  },
  required: ["mail", "size"],
} as const;

const resize = (up: (size: "s" | "l", mail: string) => number) =>
  defineTask(
    "resize",
    { to: "string", bytes: "integer" },
    {
      version: 2,
      from: { 1: upcast(old, ({ mail, size }) => ({ to: mail, bytes: up(size, mail) })) },
    },
  );

test("steps that fit every payload of an old schema pass, one check for each version", async () => {
  expect(await prove(resize((size) => (size === "s" ? 1 : 2)))).toEqual([undefined]);
  const again = upcast({ to: "string", bytes: "integer" }, ({ to }) => ({ to }));
  const task = defineTask(
    "resize",
    { to: "string" },
    {
      version: 3,
      from: { 1: upcast(old, ({ mail }) => ({ to: mail, bytes: 1 })), 2: again },
    },
  );
  expect(await prove(task)).toEqual([undefined, undefined]);
});

test("a step that one value breaks fails, with the payload", async () => {
  const sizes = { s: 1 } as Readonly<Record<string, number>>;
  const [failure] = await prove(resize((size) => sizes[size] as number));
  expect(failure).toContain(
    'resize@1: task "resize" refused by the worker: the step from version 1 to 2 returned parameters',
  );
  expect(failure).toContain('The job was {"mail":"a@example.com","size":"l"');
  const [thrown] = await prove(resize((size) => (size === "l" ? JSON.parse("{") : 1)));
  expect(thrown).toMatch(/threw SyntaxError.*\(.*JSON.*\)/s);
});

test("payloads come from the lock: a form in the code that accepts less than it did fails", async () => {
  const changed = defineTask(
    "resize",
    { to: "string" },
    {
      version: 2,
      from: { 1: upcast({ mail: "string", size: "integer" }, ({ mail }) => ({ to: mail })) },
    },
  );
  expect(await prove(changed)).toEqual([undefined]);
  const today = { tasks: { resize: { signature: "mail,size", params: old } } };
  const earlier = { tasks: { resize: { version: 2, from: { 1: { signature: "mail,size", params: old } } } } };
  for (const lock of [today, earlier]) {
    const [failure] = await prove(changed, { lock });
    expect(failure).toContain("size must be integer, got string");
  }
});

test("payloads that rules in code refuse say nothing, and samples take their place", async () => {
  const ruled = {
    ...old,
    properties: { mail: { type: "string", pattern: "^x-[0-9]{5}$" } },
    required: ["mail"],
  } as const;
  const task = defineTask(
    "ruled",
    { to: "string" },
    {
      version: 2,
      from: { 1: upcast(ruled, ({ mail }) => ({ to: mail.slice(2) })) },
    },
  );
  const [failure] = await prove(task);
  expect(failure).toContain(
    'no parameters of it could be generated. Pass some: samples: { "ruled@1": { … } }.',
  );
  expect(await prove(task, { samples: { "ruled@1": { mail: "x-12345" } } })).toEqual([undefined]);
});
