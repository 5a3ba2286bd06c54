import { createApp, defineTask, handle } from "@jobs/core";
import { expect, it } from "vitest";
import { sqs } from "../src/index.ts";
import { atEndpoint, QUEUE, SqsWorld } from "./sqs-world.ts";

/** The limit of AWS; we leave room below it for what a dead letter says of itself. */
const MAX_BYTES = 1024 * 1024;

const tell = defineTask("tell", { name: "string" }, { queue: QUEUE });

/** An envelope of just so many bytes. */
function envelope(bytes: number): string {
  const body = (name: string) =>
    `{"v":1,"task":"tell","params":{"name":"${name}"},"id":"large","sig":"name","enqueuedAt":"2026-01-31T12:00:00.000Z"}`;
  return body("x".repeat(bytes - body("").length));
}

it.each([
  ["as large as SQS takes", MAX_BYTES],
  ["with room for a few attributes", MAX_BYTES - 100],
  ["one byte over our limit", MAX_BYTES - 4_096 + 1],
])("a body of others that is %s dies without a run, and comes back whole [F50]", async (_, bytes) => {
  await using world = await SqsWorld.open();
  const body = envelope(bytes);
  await world.sendForeign({}, body);
  const runs: string[] = [];
  const app = createApp({
    broker: sqs(atEndpoint(world.endpoint)),
    tasks: [tell],
    handlers: [handle(tell, ({ name }) => void runs.push(name))],
  });
  await app.enqueue(tell, { name: "good" });
  const report = await app.worker({ until: { type: "idle", forMs: 1_000 } }).run();
  await app.close();
  expect(runs).toEqual(["good"]);
  expect(report).toMatchObject({ succeeded: 1, dead: 1 });
  expect(await world.queue.stats()).toMatchObject({ ready: { n: 0 }, leased: { n: 0 }, dead: { n: 1 } });
  const { messages } = await world.queue.peek({ state: "dead", limit: 1 });
  expect(messages[0]?.body === body).toBe(true);
  expect(await world.queue.redrive({ limit: 1 })).toEqual({ moved: 1 });
  expect((await world.takeOne()).body === body).toBe(true);
});
