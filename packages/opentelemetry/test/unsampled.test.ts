import { memory, memoryResults } from "@jobs/adapter-memory";
import { createApp, defineTask, handle } from "@jobs/core";
import { type Attributes, trace } from "@opentelemetry/api";
import { ParentBasedSampler, type Sampler, SamplingDecision } from "@opentelemetry/sdk-trace-node";
import { expect, it, onTestFinished } from "vitest";
import { openTelemetry } from "../src/index.ts";
import { registerTelemetry } from "./telemetry-rig.ts";

const work = defineTask("work", {});
const more = defineTask("more", {});

it("a trace that is not sampled goes on through all jobs, and has no spans", async () => {
  const asked: Attributes[] = [];
  const root: Sampler = {
    shouldSample(...[, , , , attributes]) {
      asked.push(attributes);
      return { decision: SamplingDecision.NOT_RECORD };
    },
  };
  const telemetry = registerTelemetry(new ParentBasedSampler({ root }));
  const traceIds: (string | undefined)[] = [];
  const note = () => void traceIds.push(trace.getActiveSpan()?.spanContext().traceId);
  const app = createApp({
    broker: memory(),
    results: memoryResults(),
    tasks: [work, more],
    handlers: [
      handle(work, async (_, ctx) => {
        note();
        await ctx.enqueue(more, {});
      }),
      handle(more, note),
    ],
    instrumentation: openTelemetry(),
  });
  onTestFinished(async () => {
    await app.close();
    await telemetry[Symbol.asyncDispose]();
  });
  await app.enqueue(work, {});
  await app.worker({ until: { type: "drained" }, ownsProcess: false }).run();

  expect(telemetry.spans()).toEqual([]);
  expect(traceIds).toEqual([expect.stringMatching(/^[\da-f]{32}$/), traceIds[0]]);
  expect(asked).toMatchObject([{ "messaging.system": "memory", "messaging.operation.name": "send" }]);
  expect(await telemetry.points("messaging.process.duration")).toMatchObject([
    { value: { count: 1 } },
    { value: { count: 1 } },
  ]);
});
