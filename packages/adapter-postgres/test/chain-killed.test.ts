import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { sqlite } from "@jobs/adapter-sqlite";
import { chain, createApp, defineTask, step } from "@jobs/core";
import { hasPostgres } from "@jobs/test-servers";
import { afterAll, describe, expect, it } from "vitest";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";

const PROGRAM = fileURLToPath(new URL("./processes/chain-worker.mjs", import.meta.url));
const start = defineTask("start", {});
const double = defineTask("double", { by: "string" });
const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);

/** The output of a worker's handlers, and how the worker ended. */
async function runWorker(options: object): Promise<{ readonly said: string[]; readonly end: unknown }> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said: string[] = [];
  createInterface(child.stdout).on("line", (line) => said.push(line));
  const [code, signal] = await once(child, "close");
  return { said, end: signal ?? code };
}

describe.runIf(isAvailable)("a worker killed between the result, the child and the ack [P12 F42]", () => {
  afterAll(() => server.end());

  it.each([
    // No result of the first run is kept yet, so another worker runs the step again.
    { killAt: "before result", starts: 2, by: "second" },
    { killAt: "after result", starts: 1, by: "first" },
    { killAt: "before child", starts: 1, by: "first" },
    { killAt: "after child", starts: 1, by: "first" },
    { killAt: "before ack", starts: 1, by: "first" },
    { killAt: "after ack", starts: 1, by: "first" },
  ])("killed $killAt: one result of each step, the child runs once", async ({ killAt, starts, by }) => {
    await using world = new PostgresWorld(server.url);
    const folder = mkdtempSync(join(tmpdir(), "jobs-chain-"));
    const file = join(folder, "jobs.db");
    await using app = createApp({
      broker: sqlite({ file }),
      results: world.open(),
      tasks: [start, double],
    });
    const { id, lastId } = await app.start(
      chain([step(start, {}), step(double, {}, { takes: { by: "by" } })]),
    );
    const place = { file, url: world.url, schema: world.schema };
    const first = await runWorker({ ...place, name: "first", killAt });
    const second = await runWorker({ ...place, name: "second" });
    const said = [...first.said, ...second.said];
    expect([first.end, second.end]).toEqual(["SIGKILL", 0]);
    expect(said.filter((line) => line === "start")).toHaveLength(starts);
    expect(said.filter((line) => line === "double")).toHaveLength(1);
    expect(await app.result(id)).toMatchObject({ status: "succeeded", value: { by } });
    expect(await app.result(lastId)).toMatchObject({ status: "succeeded", value: `${by}${by}` });
    expect(await world.ask(`SELECT count(*)::int FROM ${world.schema}.results`)).toEqual([[2]]);
    const { ready, delayed, leased, dead } = await (await app.queue("default")).stats();
    expect([ready, delayed, leased, dead].map(({ n }) => n)).toEqual([0, 0, 0, 0]);
    rmSync(folder, { recursive: true, force: true });
  });
});
