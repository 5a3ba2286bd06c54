import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createApp, defineTask } from "@jobs/core";
import { hasPostgres } from "@jobs/test-servers";
import { afterAll, describe, expect, it } from "vitest";
import { migrateSchema } from "../src/index.ts";
import { PostgresWorld, sharedServer } from "./postgres-world.ts";

const isAvailable = await hasPostgres();
const server = await sharedServer(isAvailable);

const PROGRAM = fileURLToPath(new URL("processes/pay.mjs", import.meta.url));

/** Statements of the handler in that program, at which its process is killed. */
const DEATHS = ["never", "before", "begun", "effect", "follow-up", "completed", "committing", "commit"];

describe.runIf(isAvailable)("a handler that completes its job with its transaction", () => {
  const folder = mkdtempSync(join(tmpdir(), "jobs-payments-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("has its effect once, however its process is killed", async () => {
    await using world = new PostgresWorld(server.url);
    const { url, schema } = world;
    await migrateSchema({ url, schema });
    await world.ask(`CREATE TABLE ${schema}.payments (id text NOT NULL)`);
    const pay = defineTask("pay", { order: "string", dies: "string" });
    const app = createApp({ broker: world.broker(), tasks: [pay] });
    for (const dies of DEATHS) await app.enqueue(pay, { order: dies, dies }, { id: dies });

    let deaths = 0;
    for (let isDrained = false; !isDrained; ) {
      const worker = spawn(process.execPath, [PROGRAM, JSON.stringify({ url, schema, folder })], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let said = "";
      worker.stdout.on("data", (data: Buffer) => {
        said += data;
      });
      const [, signal] = await once(worker, "close");
      isDrained = signal === null;
      if (isDrained) expect(JSON.parse(said)).toMatchObject({ cause: "drained", dead: 0 });
      else deaths++;
    }
    expect(deaths).toBe(DEATHS.length - 1);
    const paid = await world.ask(`SELECT id FROM ${schema}.payments`);
    expect(paid.flat().toSorted()).toEqual(DEATHS.toSorted());
    const thanks = await (await app.queue("thanks")).peek({ state: "ready", limit: 100 });
    expect(thanks.messages.map(({ messageId }) => messageId).toSorted()).toEqual(
      DEATHS.map((order) => `thank-${order}`).toSorted(),
    );
  });
});
