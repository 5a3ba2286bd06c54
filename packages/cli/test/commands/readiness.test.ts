import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { expect, it } from "vitest";
import { listening } from "../listening.ts";
import { createProject, hasSaid, outcomeOf } from "../project.ts";

it.runIf(await hasRedis({ isOwn: true }))(
  "a worker whose broker is away is live and not ready, and ready again by itself when it is back",
  async () => {
    await using redis = await startRedisServer({ appendonly: true });
    using project = createProject();
    const flags = ["--health-port", "127.0.0.1:0", "--queues", "default", "--broker", redis.url];
    const worker = project.start(["worker", ...flags]);
    const ended = outcomeOf(worker);
    const started = hasSaid(worker, "worker.started");
    const lost = hasSaid(worker, "the broker does not answer");
    const back = hasSaid(worker, "the broker answers again");
    const url = await listening(worker);
    const look = async () => {
      const [live, ready] = await Promise.all(["/live", "/ready"].map((path) => fetch(`${url}${path}`)));
      return [live?.status, ready?.status];
    };
    await started;
    expect(await look()).toEqual([200, 200]);
    await redis.kill();
    await lost;
    expect(await look()).toEqual([200, 503]);
    await redis.start();
    await back;
    expect(await look()).toEqual([200, 200]);
    const listed = await project.json(["workers", "--json", "--broker", redis.url]);
    expect(listed).toMatchObject({ workers: [{ state: "running" }] });
    worker.kill("SIGTERM");
    expect((await ended).code).toBe(0);
  },
);
