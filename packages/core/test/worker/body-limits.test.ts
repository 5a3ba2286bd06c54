import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import { describe, expect, test, vi } from "vitest";
import { createApp, defineTask, handle } from "../../src/index.ts";
import { createVirtualClock } from "../../src/runtime/virtual-clock.ts";
import { createRig } from "../rig.ts";

const tell = defineTask("tell", { name: "string" });

const LIMIT = 4_096;

/** An envelope as a producer of another language writes it. */
function foreign(id: string, params: string): string {
  return `{"v":1,"task":"tell","params":${params},"id":"${id}","sig":"name","enqueuedAt":"2026-01-31T12:00:00.000Z"}`;
}

/** A queue into which others store what they like, and an app whose own limit is lower. */
function createScene() {
  const clock = createVirtualClock();
  const storage = createMemoryStorage({ clock });
  const runs: string[] = [];
  const broker = memory({ storage, maxMessageBytes: LIMIT });
  const handlers = [handle(tell, ({ name }) => void runs.push(name))];
  const app = createApp({ broker, runtime: { clock }, tasks: [tell], handlers });
  const store = async (id: string, body: string) => {
    const queue = await memory({ storage, maxMessageBytes: 64 * 1024 * 1024 }).openQueue("default");
    await queue.send([{ id, label: "tell", body }]);
  };
  const work = async () => {
    const worker = app.worker({ until: { type: "idle", forMs: 0 } });
    const report = worker.run();
    await clock.advance(10_000);
    return report;
  };
  const dead = async () => (await broker.openQueue("default")).peek({ state: "dead", limit: 10 });
  return { runs, store, work, dead };
}

describe("a body over the limit of its queue [F50]", () => {
  test.each([
    ["one byte too long", "x".repeat(LIMIT - foreign("large", '{"name":""}').length + 1)],
    ["short enough in characters, not in bytes", "€".repeat(LIMIT / 2)],
  ])("ends dead without a run, whole and undecodable: %s", async (_, name) => {
    const scene = createScene();
    const body = foreign("large", JSON.stringify({ name }));
    await scene.store("large", body);
    await scene.store("good", foreign("good", '{"name":"good"}'));
    expect(await scene.work()).toMatchObject({ succeeded: 1, dead: 1 });
    expect(scene.runs).toEqual(["good"]);
    const [letter] = (await scene.dead()).messages;
    expect(letter).toMatchObject({ body, dead: { reason: "undecodable" } });
    expect(letter?.dead?.error?.message).toContain(`bytes; the queue accepts ${LIMIT}`);
  });

  test("runs where it is just as long as allowed", async () => {
    const scene = createScene();
    const name = "x".repeat(LIMIT - foreign("just", '{"name":""}').length);
    await scene.store("just", foreign("just", JSON.stringify({ name })));
    expect(await scene.work()).toMatchObject({ succeeded: 1, dead: 0 });
  });

  test("is refused before any of it is parsed", async () => {
    const scene = createScene();
    const keys = Array.from({ length: 100_000 }, (_, i) => `"k${i}":0`).join();
    await scene.store("keys", foreign("keys", `{${keys}}`));
    const parse = vi.spyOn(JSON, "parse");
    expect(await scene.work()).toMatchObject({ dead: 1 });
    expect(parse.mock.calls.filter(([text]) => text.includes('"k99":0'))).toEqual([]);
    parse.mockRestore();
  });
});

describe("more keys than are read in time [F50]", () => {
  const keys = (count: number) => Array.from({ length: count }, (_, i) => `"k${i}":0`).join();

  test("are refused before any of them is built, so that good jobs behind do not wait", async () => {
    const rig = createRig({
      tasks: [tell],
      handlers: [handle(tell, () => {})],
      capabilities: { maxMessageBytes: 64 * 1024 * 1024 },
    });
    const queue = await rig.broker.openQueue("default");
    await queue.send([{ id: "keys", label: "tell", body: foreign("keys", `{${keys(1_000_000)}}`) }]);
    await rig.app.enqueue(tell, { name: "good" });
    const parse = vi.spyOn(JSON, "parse");
    const { report } = rig.start({ until: { type: "idle", forMs: 0 } });
    await rig.clock.advance(10_000);
    expect(await report).toMatchObject({ succeeded: 1, dead: 1 });
    expect(parse.mock.calls.filter(([text]) => text.includes('"k99":0'))).toEqual([]);
    parse.mockRestore();
  });

  test("are refused at enqueue, because no worker would read them", async () => {
    const load = defineTask("load", { values: "object" });
    const rig = createRig({
      tasks: [load],
      handlers: [handle(load, () => {})],
      capabilities: { maxMessageBytes: 64 * 1024 * 1024 },
    });
    const values = JSON.parse(`{${keys(200_001)}}`) as Record<string, number>;
    await expect(rig.app.enqueue(load, { values })).rejects.toMatchObject({ code: "payload_too_large" });
    const { k0: _, k1: __, k2: ___, ...fewer } = values;
    const many = { ...fewer };
    for (let i = 3; i < 20; i++) delete many[`k${i}`];
    await rig.app.enqueue(load, { values: many });
    const { report } = rig.start({ until: { type: "idle", forMs: 0 } });
    await rig.clock.advance(10_000);
    expect(await report).toMatchObject({ succeeded: 1 });
  });
});
