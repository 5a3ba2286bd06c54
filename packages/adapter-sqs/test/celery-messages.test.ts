import { readFileSync } from "node:fs";
import { createApp, defineTask, handle } from "@jobs/core";
import { expect, it } from "vitest";
import { sqs } from "../src/index.ts";
import { atEndpoint, QUEUE, SqsWorld } from "./sqs-world.ts";

const golden = new URL("../../core/src/envelope/codecs/golden/celery/", import.meta.url);
const MESSAGE = readFileSync(new URL("keywords-sqs.txt", golden), "utf8");
const CHAIN = Buffer.from(readFileSync(new URL("chain.json", golden))).toString("base64");

const mail = defineTask(
  "send_email",
  { to: "string", subject: "string" },
  { queue: QUEUE, aliases: ["shop.tasks.send_email"] },
);

it("a worker with the codec runs what Celery has sent, beside our own jobs, and sets aside what only Celery can run", async () => {
  await using world = await SqsWorld.open();
  await world.sendForeign({}, MESSAGE);
  await world.sendForeign({}, CHAIN);
  const ran: unknown[] = [];
  const app = createApp({
    broker: sqs(atEndpoint(world.endpoint)),
    tasks: [mail],
    handlers: [handle(mail, (params, { id }) => void ran.push({ ...params, id }))],
  });
  await app.enqueue(mail, { to: "own", subject: "Hi" }, { id: "own" });
  const options = { codecs: ["celery"], ownsProcess: false, until: { type: "settled", jobs: 3 } } as const;
  expect(await app.worker(options).run()).toMatchObject({ succeeded: 2, dead: 1 });
  expect(ran).toContainEqual({ to: "a@b.c", subject: "Hi", id: "0f6b1f0e-6c0e-4a35-9d9b-0d1f1c9f0001" });
  expect(ran).toContainEqual({ to: "own", subject: "Hi", id: "own" });
  const { messages } = await world.queue.peek({ state: "dead", limit: 9 });
  expect(messages).toMatchObject([{ dead: { reason: "undecodable" }, body: CHAIN }]);
  await app.close();
});
