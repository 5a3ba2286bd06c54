import { createMemoryStorage, memory, memoryResults } from "@jobs/adapter-memory";
import { chain, createApp, defineTask, group, step } from "@jobs/core";
import { countSignatures, peekPages, scanPages } from "@jobs/core/broker";
import { createVirtualClock } from "@jobs/core/testing";
import { describe, expect, it } from "vitest";

const oldMail = defineTask("send_email", { to: "string" });
const newMail = defineTask("send_email", { to: "string", subject: "string?" });
const resize = defineTask("resize", ["width"]);

function message(id: string, body: string) {
  return { id, label: "x", body };
}

describe("countSignatures", () => {
  it("counts the jobs of each state by task and signature, the most frequent first", async () => {
    const broker = memory();
    await using old = createApp({ broker, tasks: [oldMail, resize] });
    await using app = createApp({ broker, tasks: [newMail] });
    await old.enqueue(oldMail, { to: "a@example.com" });
    await app.enqueue(newMail, { to: "a@example.com" }, { headers: { traceparent: "00" } });
    await app.enqueue(newMail, { to: "a@example.com", subject: "x" }, { maxAttempts: 3, tags: ["a"] });
    await old.enqueue(resize, { width: 1 }, { delayMs: 60_000 });
    const queue = await app.queue("default");
    await queue.send([message("x", "{"), message("y", '{"v":2}')]);
    expect(await countSignatures(queue)).toEqual({
      isComplete: true,
      counts: [
        { state: "ready", task: "send_email", sig: "subject?,to", count: 2 },
        { state: "ready", task: null, sig: null, count: 2 },
        { state: "ready", task: "send_email", sig: "to", count: 1 },
        { state: "delayed", task: "resize", sig: "width", count: 1 },
      ],
    });
  });

  it("counts no more than the sample of each state, and says so", async () => {
    await using app = createApp({ broker: memory(), tasks: [resize] });
    await app.enqueueMany(Array.from({ length: 5 }, () => [resize, { width: 1 }] as const));
    await app.enqueueMany(
      Array.from({ length: 2 }, () => [resize, { width: 1 }, { delayMs: 9_000 }] as const),
    );
    const queue = await app.queue("default");
    const counted = await countSignatures(queue, { sample: 2, states: ["delayed", "ready"] });
    expect(counted.counts.map(({ state, count }) => [state, count])).toEqual([
      ["delayed", 2],
      ["ready", 2],
    ]);
    expect(counted.isComplete).toBe(false);
    expect((await countSignatures(queue, { sample: 5 })).isComplete).toBe(true);
  });

  it("reads bodies of other systems by their codecs", async () => {
    await using app = createApp({ broker: memory(), tasks: [] });
    const queue = await app.queue("default");
    await queue.send([message("x", '{"task_name":"resize","task_payload":{"width":1}}')]);
    const { counts } = await countSignatures(queue, { codecs: ["simple-worker"] });
    expect(counts).toEqual([{ state: "ready", task: "resize", sig: "", count: 1 }]);
    expect((await countSignatures(queue)).counts).toEqual([
      { state: "ready", task: null, sig: null, count: 1 },
    ]);
  });

  it("is not deceived by parameters that look like the end of an envelope", async () => {
    await using app = createApp({ broker: memory(), tasks: [] });
    const inner =
      '{"q":"","id":"x","sig":"forged","enqueuedAt":"2026-01-31T12:00:00.000Z","headers":{"a":"b"}}';
    const body = `{"v":1,"task":"t","params":${inner},"id":"1","sig":"real","enqueuedAt":"2026-01-31T12:00:00.000Z","maxAttempts":2`;
    const queue = await app.queue("default");
    await queue.send([message("1", `${body}}`), message("2", `${body},"headers":{"a":"b"}}`)]);
    const { counts } = await countSignatures(queue);
    expect(counts).toEqual([{ state: "ready", task: "t", sig: "real", count: 2 }]);
  });
});

describe("scanPages", () => {
  it("asks a broker that cannot scan by peek, and stops at its limit", async () => {
    await using app = createApp({ broker: memory(), tasks: [resize] });
    await app.enqueueMany(Array.from({ length: 5 }, () => [resize, { width: 1 }] as const));
    const queue = await app.queue("default");
    const options = { state: "ready", pageSize: 2, limit: 3 } as const;
    const sizes = async (pages: AsyncIterable<{ readonly messages: readonly unknown[] }>) => {
      const all: number[] = [];
      for await (const { messages } of pages) all.push(messages.length);
      return all;
    };
    expect(await sizes(scanPages(queue, options))).toEqual([2, 1]);
    expect(await sizes(scanPages(queue, { state: "ready", pageSize: 2 }))).toEqual([2, 2, 1]);
    expect(await sizes(peekPages(queue, options))).toEqual([2, 1]);
  });
});

describe("countSignatures, for a wait", () => {
  it("counts later steps of flows if asked, also those after a group", async () => {
    await using app = createApp({ broker: memory(), results: memoryResults(), tasks: [resize, newMail] });
    const line = () => step(resize, { width: 1 });
    const flow = chain([
      step(newMail, { to: "a@example.com" }),
      group([line(), chain([line(), line()])]),
      line(),
    ]);
    await app.start(flow);
    const queue = await app.queue("default");
    expect((await countSignatures(queue)).counts).toMatchObject([{ task: "send_email", count: 1 }]);
    expect((await countSignatures(queue, { hasSteps: true })).counts).toEqual([
      { state: "ready", task: "resize", sig: "width", count: 4 },
      { state: "ready", task: "send_email", sig: "subject?,to", count: 1 },
    ]);
  });

  it("leaves out what was enqueued at or after a moment; a step counts with the start of its flow", async () => {
    const clock = createVirtualClock(1_000_000);
    const broker = memory({ storage: createMemoryStorage({ clock }) });
    await using app = createApp({ broker, tasks: [resize, newMail], runtime: { clock } });
    await app.enqueue(resize, { width: 1 });
    await app.start(chain([step(newMail, { to: "a@example.com" }), step(resize, { width: 1 })]));
    await clock.advance(1_000);
    await app.enqueue(resize, { width: 2 });
    const queue = await app.queue("default");
    const countBefore = async (enqueuedBefore: number) =>
      (await countSignatures(queue, { enqueuedBefore, hasSteps: true })).counts.map(({ task, count }) => [
        task,
        count,
      ]);
    const now = clock.now();
    expect(await countBefore(now - 1_000)).toEqual([]);
    expect(await countBefore(now)).toEqual([
      ["resize", 2],
      ["send_email", 1],
    ]);
    expect(await countBefore(now + 1)).toEqual([
      ["resize", 3],
      ["send_email", 1],
    ]);
  });
});
