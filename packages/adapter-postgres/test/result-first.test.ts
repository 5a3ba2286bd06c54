import { hasPostgres } from "@jobs/test-servers";
import { afterAll, describe, expect, it } from "vitest";
import { postgresHistory } from "../src/index.ts";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";
import { DAY_MS, resultOf } from "./result-of.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);

describe.runIf(isAvailable)("a result and its job", () => {
  afterAll(() => server.end());

  it.each(["result", "job"])("meet by id, the %s being first [T13]", async (first) => {
    await using world = new PostgresWorld(server.url);
    const store = world.open();
    const history = postgresHistory({ url: world.url, schema: world.schema });
    const job = { id: "job-1", task: "add", queue: "default", attempt: 1 };
    const succeeded = { type: "job.succeeded", job, durationMs: 1, at: 1 } as const;
    const steps = [
      () => store.put(resultOf("job-1"), DAY_MS),
      () => history.write([{ ...succeeded, eventId: "w#1", source: "w", seq: 1 }]),
    ];
    for (const step of first === "result" ? steps : steps.reverse()) await step();
    const { schema } = world;
    expect(
      await world.ask(
        `SELECT j.state, r.result->'value' FROM ${schema}.history_jobs j JOIN ${schema}.results r USING (id)`,
      ),
    ).toEqual([["succeeded", { sum: 3 }]]);
    await history.close();
  });
});
