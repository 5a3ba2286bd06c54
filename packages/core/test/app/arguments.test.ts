import { memory, memoryResults } from "@jobs/adapter-memory";
import { describe, expect, it } from "vitest";
import { chain, createApp, defineTask, handle, step } from "../../src/index.ts";

const task = defineTask("work", { a: "number?" });
const other = defineTask("other", {});
const app = createApp({ tasks: [task], broker: memory(), results: memoryResults() });

// biome-ignore lint/suspicious/noExplicitAny: each line passes what the types forbid.
type Loose = any;

/** What a call is refused with: a `ConfigError`, whether it throws or rejects. */
async function refusal(call: () => unknown): Promise<string> {
  const outcome = await Promise.resolve()
    .then(call)
    .catch((error: unknown) => error);
  expect(outcome).toMatchObject({ name: "ConfigError", code: "invalid_config" });
  return (outcome as Error).message;
}

describe("a call that is given something else than its first argument", () => {
  it.each([
    [undefined, "undefined"],
    [null, "null"],
    [{}, "object"],
    [task, "object"],
    [{ kind: "job" }, "object"],
    [{ kind: "step" }, "object"],
    [{ kind: "chain" }, "object"],
    ["work", "string"],
  ] as const)("app.start(%j) says that it expects a flow", async (flow, got) => {
    expect(await refusal(() => app.start(flow as Loose))).toBe(
      `app.start: the first argument must be a flow made by step(task, params), chain([…]) or group([…]), got ${got}.`,
    );
  });

  it.each([
    [undefined, "undefined"],
    [{ id: "x" }, "object"],
    ["", "an empty text"],
    [5, "number"],
  ] as const)("app.cancel, app.result and app.jobLog of %j say that they expect an id", async (id, got) => {
    for (const name of ["cancel", "result", "jobLog"] as const) {
      expect(await refusal(() => app[name](id as Loose))).toBe(
        `app.${name}: the id must be a text, got ${got}.`,
      );
    }
  });

  it.each([undefined, {}, 5])("queues, schedules and runs of %j are refused by name", async (name) => {
    const bad = name as Loose;
    for (const call of ["queue", "pause", "resume", "stats"] as const)
      expect(await refusal(() => app[call](bad))).toMatch("the name of a queue must be a text, got ");
    for (const call of ["run", "pause", "resume"] as const)
      expect(await refusal(() => app.schedules[call](bad))).toMatch(
        "the name of a schedule must be a text, got ",
      );
    expect(await refusal(() => app.run(bad, {}))).toMatch("app.run: the task's name must be a text, got ");
    expect(await refusal(() => app.observe(bad))).toMatch(
      "app.observe: the observer must be a function, got ",
    );
  });
});

describe("an element that is wrong is named, not only the list that holds it", () => {
  const make = (options: Loose) => createApp({ tasks: [task], ...options });
  const served = handle(task, () => {});

  it.each([
    [() => make({ settings: [null] }), "createApp: settings[0] must be a source of settings, such as"],
    [
      () => make({ handlers: [() => 1] }),
      "createApp: handlers[0] must be a handler made by handle(task, fn), got function.",
    ],
    [
      () => make({ handlers: [served, [...served, {}]] }),
      "createApp: handlers[1][1] must be a handler made by",
    ],
    [
      () => make({ tasks: [task, "other"] }),
      "createApp: tasks[1] must be a task made by defineTask, got string.",
    ],
    [
      () => make({ schedules: [5] }),
      "createApp: schedules[0] must be a schedule made by defineSchedule, got number.",
    ],
    [() => make({ routes: { "export.*": 1 } }), 'createApp: routes["export.*"] must be a text, got number.'],
    [
      () => make({ queues: ["ok", "no good"] }),
      'createApp: queues[1] must be 1 to 80 letters, digits, _, . or -, got "no good".',
    ],
    [() => app.with({ handlers: [null] as Loose }), "app.with: handlers[0] must be a handler"],
    [
      () => app.enqueue(task, {}, { headers: { a: 1 } as Loose }),
      "enqueue: headers.a must be a text, got number.",
    ],
    [
      () => app.enqueue(task, {}, { headers: { ok: "1", "x-b": null } as Loose }),
      'enqueue: headers["x-b"] must be a text, got null.',
    ],
    [() => chain([step(task, {}), other as Loose]), "chain: the argument[1] must be a flow made by"],
  ])("%s", async (call, message) => {
    expect(await refusal(call)).toContain(message);
  });

  it("a value in it is not quoted: it may be a password", async () => {
    const long = "k".repeat(500);
    const message = await refusal(() => app.enqueue(task, {}, { headers: { [long]: ["hunter2"] } as Loose }));
    expect(message).not.toContain("hunter2");
    expect(message.length).toBeLessThan(200);
  });
});

describe("options behind the items of enqueueMany", () => {
  it.each([{ transaction: {} }, { priority: 1 }])(
    "%j is refused, since it would be ignored",
    async (options) => {
      const enqueueMany = app.enqueueMany as Loose;
      expect(await refusal(() => enqueueMany([[task, {}]], options))).toBe(
        "app.enqueueMany takes the items alone.",
      );
    },
  );
});
