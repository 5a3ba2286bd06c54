import { readFileSync } from "node:fs";
import { defineTask, FatalError, handle } from "@jobs/core";
import { describe, expect, it } from "vitest";
import type { DeadLetters, JobDetail, QueueDetail, SignatureList } from "../src/api/api-types.ts";
import { DashboardWorld, STORAGES } from "./dashboard-world.ts";

const GOLDEN = new URL("../../core/src/envelope/codecs/golden/celery/keywords.json", import.meta.url);

/** Celery's message, whose body has an id of its own. */
const CELERY = { id: "celery-1", label: "?", body: readFileSync(GOLDEN, "utf8") };
const CELERY_ID = "0f6b1f0e-6c0e-4a35-9d9b-0d1f1c9f0001";

const SIMPLE = { id: "simple-1", label: "?", body: '{"task_name":"send","task_payload":{"to":"nobody"}}' };

const TASK = "shop.tasks.send_email";

const send = defineTask("send", { to: "string", subject: "string?" }, { aliases: [TASK] });

/** A dashboard of an app whose worker reads jobs of other systems. */
async function openWorld(): Promise<DashboardWorld> {
  const storage = await STORAGES.memory!();
  const app = {
    ...storage.options,
    history: storage.history(),
    tasks: [send],
    schedules: [],
    queues: ["default"],
    handlers: [
      handle(send, ({ to }) => {
        if (to === "nobody") throw new FatalError("there is nobody");
      }),
    ],
    worker: { codecs: ["celery", "simple-worker"] as const },
  };
  return new DashboardWorld(
    { options: app, [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose]() },
    { showParams: true },
  );
}

describe("jobs of other systems", () => {
  it("are shown with task and parameters, under the id that their queue finds them by", async () => {
    await using world = await openWorld();
    await (await world.app.queue("default")).send([CELERY]);
    const { page } = await world.get<QueueDetail>("queues/default?state=ready");
    expect(page).toMatchObject({ jobs: [{ id: CELERY.id, task: TASK }] });
    expect(await world.get<JobDetail>(`jobs/${CELERY.id}?params=1`)).toMatchObject({
      job: { id: CELERY.id, task: TASK },
      stored: { params: { to: "a@b.c", subject: "Hi" } },
    });
    expect(await world.get<SignatureList>("signatures")).toMatchObject({
      signatures: [{ task: TASK, signature: "", count: 1 }],
    });
    expect(await world.act({ action: "remove", queue: "default", ids: [CELERY.id] })).toMatchObject({
      done: 1,
    });
  });

  it("are grouped when they are dead, and retried when today's code accepts them", async () => {
    await using world = await openWorld();
    await (await world.app.queue("default")).send([SIMPLE]);
    const until = { type: "settled", jobs: 1 } as const;
    await world.app.worker({ ownsProcess: false, until }).run();
    const { groups } = await world.get<DeadLetters>("dead");
    expect(groups).toMatchObject([{ task: "send", reason: "fatal", signature: "", sample: [SIMPLE.id] }]);
    const group = { action: "retryGroup", queue: "default", task: "send" } as const;
    expect(await world.act({ ...group, onlyValid: true })).toMatchObject({ done: 1, refused: [] });
  });

  it("have the events of their own id in the timeline", async () => {
    await using world = await openWorld();
    await (await world.app.queue("default")).send([{ ...CELERY, delayMs: 3_600_000 }]);
    const job = { id: CELERY_ID, task: TASK, queue: "default" };
    const event = {
      type: "job.enqueued",
      at: 1,
      job,
      delayMs: 0,
      eventId: "a#1",
      source: "a",
      seq: 1,
    } as const;
    await world.app.history?.write([event]);
    expect(await world.get<JobDetail>(`jobs/${CELERY.id}`)).toMatchObject({
      timeline: [{ type: "job.enqueued" }],
    });
  });
});
