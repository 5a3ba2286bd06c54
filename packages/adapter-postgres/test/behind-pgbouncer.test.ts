import { createApp, defineTask, handle } from "@jobs/core";
import { hasPgBouncer, hasPostgres, startPgBouncer } from "@jobs/test-servers";
import { afterAll, describe, expect, it } from "vitest";
import { migrateSchema, postgres, postgresHistory, postgresResults } from "../src/index.ts";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";
import { DAY_MS, resultOf } from "./result-of.ts";

const isAvailable = (await hasPostgres()) && (await hasPgBouncer());
const server = await sharedServer(isAvailable);
const JOBS = 60;
const work = defineTask("work", { n: "integer" }, { backoff: 1 });

describe.runIf(isAvailable)("behind PgBouncer in transaction mode", () => {
  afterAll(() => server.end());

  it.each([
    { says: "pooler", query: "?pooler=transaction", settings: {} },
    { says: "nothing", query: "", settings: {} },
    {
      says: "nothing, and PgBouncer ignores settings",
      query: "",
      settings: { ignore_startup_parameters: "statement_timeout" },
    },
  ])("jobs run, with their results and history, where the user says $says", async ({ query, settings }) => {
    await using world = new PostgresWorld(server.url);
    await using bouncer = await startPgBouncer({ url: server.url, settings });
    const options = { url: bouncer.url + query, schema: world.schema };
    // It has more time than a call has, on a busy machine too.
    await migrateSchema(options);
    const seen: number[] = [];
    await using app = createApp({
      broker: postgres(options),
      results: postgresResults(options),
      tasks: [work],
      handlers: [
        handle(work, ({ n }, { attempt }) => {
          if (attempt === 1 && n % 10 === 0) throw new Error("once more");
          seen.push(n);
          return n;
        }),
      ],
    });
    const numbers = Array.from({ length: JOBS }, (_, n) => n);
    // The worker waits first, so that it would listen if it could.
    const worker = app.worker({ ownsProcess: false, concurrency: 8 });
    const run = worker.run();
    const jobs = await Promise.all(numbers.map((n) => app.enqueue(work, { n })));
    await expect
      .poll(() => [...seen].sort((one, other) => one - other), { timeout: 20_000 })
      .toEqual(numbers);
    expect(await app.result(jobs[7]?.id ?? "", { waitMs: 5_000 })).toMatchObject({ value: 7 });
    // A lock of a session would stay on a connection that others get.
    expect(await world.listeners()).toEqual([]);
    await worker.stop();
    await run;
    const history = postgresHistory(options);
    const job = { id: "job-1", task: "work", queue: "default", attempt: 1 };
    await history.write([
      { type: "job.succeeded", job, durationMs: 1, at: 1, eventId: "w#1", source: "w", seq: 1 },
    ]);
    expect(await history.job("job-1")).toMatchObject({ state: "succeeded" });
    await history.close();
  });

  it("a setting that PgBouncer refuses is named as such", async () => {
    await using world = new PostgresWorld(server.url);
    await using bouncer = await startPgBouncer({ url: server.url });
    const options = { url: bouncer.url, schema: world.schema, connection: { lock_timeout: 100 } };
    const store = postgresResults(options);
    const refusal = {
      code: "invalid_config",
      message: expect.stringMatching(/^postgres: the pooler at 127\.0\.0\.1:\d+\/postgres refuses a setting/),
    };
    await expect(store.put(resultOf("one"), DAY_MS)).rejects.toMatchObject(refusal);
    await expect(migrateSchema(options)).rejects.toMatchObject(refusal);
    await store.close();
  });
});
