import { memory } from "@jobs/adapter-memory";
import { describe, expect, it } from "vitest";
import { createApp, defineTask, handle } from "../../src/index.ts";

const task = defineTask("work", { a: "number?" });

// biome-ignore lint/suspicious/noExplicitAny: each line passes what the types forbid.
type Loose = any;

const refused = (message: string) => ({ code: "invalid_config", message: expect.stringContaining(message) });

const DEAD = { deliveryCount: 1, failureCount: 1, crashCount: 0, redrives: 0 };

/** A queue with two waiting jobs and two dead letters. */
async function openQueue() {
  const queue = await createApp({ tasks: [task], broker: memory() }).queue("default");
  const message = (id: string) => ({ id, label: "work", body: "{}" });
  await queue.send([message("a"), message("b")]);
  const dead = { reason: "exhausted", at: 0 } as const;
  await queue.restore?.(["d1", "d2"].map((id) => ({ ...message(id), ...DEAD, dead })));
  return queue;
}

describe("a call of app.queue that would do something else than it says is refused before anything is done", () => {
  it.each([
    ["redrive", { limit: 100, id: ["d1"] }],
    ["redrive", { limit: 100, ids: "d1" }],
    ["redrive", { limit: 100, ids: ["d1"], bodies: { d1: "{}" } }],
    ["remove", "ab"],
    ["remove", undefined],
    ["purge", { state: "delayed" }],
    ["pause", { by: "me" }],
    ["resume", "default"],
    ["send", undefined],
    ["send", "cd"],
    ["restore", { id: "c" }],
  ] as const)("%s of %j", async (call, given) => {
    const queue = await openQueue();
    await expect((queue as Loose)[call](given)).rejects.toMatchObject(refused(`queue.${call}`));
    expect(await queue.stats()).toMatchObject({ ready: { n: 2 }, dead: { n: 2 }, isPaused: false });
  });

  it("remove with options", async () => {
    const queue = await openQueue();
    await expect((queue as Loose).remove(["a"], { isDry: true })).rejects.toMatchObject(
      refused("queue.remove takes no options"),
    );
    expect(await queue.stats()).toMatchObject({ ready: { n: 2 } });
  });

  it("a send or restore of a message with an unknown member, while the others are stored", async () => {
    const queue = await openQueue();
    const [late, usual] = ["c", "d"].map((id) => ({ id, label: "work", body: "{}" }));
    const sent = await queue.send([{ ...late, delayMS: 60_000 } as Loose, usual]);
    expect(sent).toMatchObject([
      { status: "failed", error: refused('unknown option "delayMS"') },
      { status: "sent", messageId: "d" },
    ]);
    const restored = await queue.restore?.([{ ...late, ...DEAD, died: {} } as Loose]);
    expect(restored).toMatchObject([{ error: refused('unknown option "died"') }]);
    expect(await queue.stats()).toMatchObject({ ready: { n: 3 }, dead: { n: 2 } });
  });
});

describe("app.rehearse", () => {
  const ran: unknown[] = [];
  const app = createApp({
    tasks: [task],
    handlers: [handle(task, () => void ran.push(1))],
    broker: memory(),
  });
  const envelope = {
    v: 1,
    task: "work",
    params: {},
    id: "a",
    sig: task.signature.fingerprint,
    enqueuedAt: "2026-01-31T12:00:00.000Z",
  };

  it.each([
    [{}, "app.rehearse needs envelope"],
    [{ envelope: {} }, "app.rehearse: envelope: task must be a text"],
    [{ envelope: { ...envelope, maxAttempts: Number.NaN } }, "envelope: maxAttempts must be a whole number"],
    [{ envelope, timeoutMs: Number.NaN }, "app.rehearse: timeoutMs must be a number of ms"],
    [{ envelope, failure: 3 }, 'app.rehearse: unknown option "failure"'],
  ])("refuses %j before its handler runs", async (job, message) => {
    await expect(app.rehearse(job as Loose)).rejects.toMatchObject(refused(message));
    expect(ran).toEqual([]);
  });

  it("takes an envelope with fields that this release does not know, and members without a value", async () => {
    const later = { ...envelope, shade: "blue", tags: undefined };
    const job = {
      envelope: later as Loose,
      queue: undefined,
      failures: 2,
      timeoutMs: Number.POSITIVE_INFINITY,
    };
    expect(await app.rehearse(job)).toMatchObject({ status: "succeeded" });
  });
});
