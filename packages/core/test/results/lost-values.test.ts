import { createMemoryHistory, memoryResults } from "@jobs/adapter-memory";
import { expect, test } from "vitest";
import { chain, defineTask, handle, step } from "../../src/index.ts";
import { createRig, type LogLine } from "../rig.ts";

const report = defineTask("report", { n: "integer" });
const invoice = defineTask("invoice", { n: "integer" });
const draw = defineTask("draw", { n: "integer" });
const follow = defineTask("follow", {});

/** Values that JSON cannot carry, in the order of the jobs. */
const LOST = [{ made: [new Date(0)] }, new Map([["a", 1]]), { sum: Number.NaN }, 10n];

/** The lines about values, without those that only count. */
function linesOf({ logs }: { readonly logs: readonly LogLine[] }) {
  return logs
    .filter(({ message, fields }) => message.includes("is not JSON") && fields.repeated === undefined)
    .map(({ level, message, fields: { err, job, task } }) => {
      const { path } = err as { readonly path?: string };
      return { level, message, job, task, path };
    });
}

test("a value that JSON cannot carry is logged with task, job and path: at once for each task, then counted", async () => {
  const rig = createRig({
    tasks: [report, invoice, follow],
    results: memoryResults(),
    handlers: [
      handle(report, ({ n }) => LOST[n]),
      handle(invoice, ({ n }) => LOST[n]),
      handle(follow, () => {}),
    ],
  });
  const message = "a result is not JSON; null is kept in its place";
  for (const n of LOST.keys()) {
    await rig.app.enqueue(report, { n }, { id: `report-${n}` });
    await rig.app.enqueue(invoice, { n: LOST.length - 1 - n }, { id: `invoice-${n}` });
  }
  rig.start({ concurrency: 1 });
  await rig.clock.advance(1_000);
  expect(linesOf(rig)).toEqual([
    { level: "warn", message, job: "report-0", task: "report", path: "result.made[0]" },
    { level: "warn", message, job: "invoice-0", task: "invoice", path: "result" },
  ]);
  for (const n of LOST.keys())
    expect(await rig.app.result(`report-${n}`)).toMatchObject({ status: "succeeded", value: null });
  await rig.clock.advance(30_000);
  const counted = rig.logs.filter(({ fields }) => fields.repeated !== undefined);
  expect(counted.map(({ fields: { job, task, repeated } }) => ({ job, task, repeated }))).toEqual([
    { job: "report-3", task: "report", repeated: 3 },
    { job: "invoice-3", task: "invoice", repeated: 3 },
  ]);
});

test("a value for the next step of a flow and a progress are logged alike; properties without a value are no loss", async () => {
  const rig = createRig({
    tasks: [report, draw, follow],
    history: createMemoryHistory(),
    handlers: [
      handle(report, () => ({ made: new Date(0) })),
      handle(draw, (_, ctx) => {
        ctx.progress({ done: 1n });
        return { left: undefined };
      }),
      handle(follow, () => {}),
    ],
  });
  const made = await rig.app.start(chain([step(report, { n: 1 }), step(follow, {})]));
  const drawn = await rig.app.start(chain([step(draw, { n: 1 }), step(follow, {})]));
  rig.start({ concurrency: 1 });
  await rig.clock.advance(1_000);
  expect(rig.trace().filter((type) => type === "job.succeeded")).toHaveLength(4);
  expect(linesOf(rig)).toEqual([
    {
      level: "warn",
      message: "a result is not JSON; the next step of its flow gets null",
      job: made.id,
      task: "report",
      path: "result.made",
    },
    {
      level: "warn",
      message: "a progress is not JSON; null is kept in its place",
      job: drawn.id,
      task: "draw",
      path: "progress.done",
    },
  ]);
});
