import { expect, test } from "vitest";
import type { HistoryEvent } from "../../src/entries/broker.ts";
import { createMonitor, defineTask, handle } from "../../src/index.ts";
import { createRig } from "../rig.ts";

const work = defineTask("work", {});

test("lines of ctx.log are kept with their job: logged at once, and written to the monitor's sink [C30]", async () => {
  const rig = createRig({
    tasks: [work],
    monitor: "monitor",
    handlers: [
      handle(work, (_, { log }) => {
        log.info("half way", { done: 0.5, since: new Date(0), why: undefined });
        log.error(`it ${"x".repeat(20_000)}`, { err: new TypeError("no such file") });
      }),
    ],
  });
  const kept: HistoryEvent[] = [];
  const sink = {
    kind: "list",
    write: async (batch: readonly HistoryEvent[]) => void kept.push(...batch),
    close: async () => {},
  };
  const monitor = createMonitor({ broker: rig.broker, sink, runtime: { clock: rig.clock } });
  const { id } = await rig.app.enqueue(work, {});
  rig.start();
  await rig.clock.advance(5_000);
  const watching = monitor.worker({ ownsProcess: false, until: { type: "drained" } }).run();
  await rig.clock.advance(5_000);
  await watching;
  const lines = kept.filter((event) => event.type === "job.log");
  expect(lines).toMatchObject([
    {
      job: { id, attempt: 1 },
      level: "info",
      message: "half way",
      fields: { done: 0.5, since: null, why: null },
    },
    { job: { id }, level: "error", fields: { err: { name: "TypeError", message: "no such file" } } },
  ]);
  expect(lines[1]?.message).toHaveLength(8_192);
  expect(rig.logs.find(({ message }) => message === "half way")?.fields).toMatchObject({
    job: id,
    attempt: 1,
  });
});
