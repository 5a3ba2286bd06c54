import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { sqlite } from "@jobs/adapter-sqlite";
import { createApp, defineTask, handle } from "@jobs/core";
import { expect, it, onTestFinished } from "vitest";
import { reportErrors } from "../error-tracker.ts";

it("each error is posted to an error tracker, with its place and without parameters [T22]", async () => {
  const folder = mkdtempSync(join(tmpdir(), "jobs-tracker-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const tracker = createServer();
  tracker.listen(0, "127.0.0.1");
  await once(tracker, "listening");
  onTestFinished(() => void tracker.close());
  const posted = once(tracker, "request").then(async ([request, response]) => {
    const report: unknown = await json(request);
    response.end();
    return report;
  });
  const charge = defineTask("charge", { card: "string" }, { maxAttempts: 1 });
  const url = `http://127.0.0.1:${(tracker.address() as AddressInfo).port}/`;
  const fail = () => {
    throw new RangeError("over the limit");
  };
  const app = createApp({
    broker: sqlite({ file: join(folder, "jobs.db") }),
    tasks: [charge],
    handlers: [handle(charge, fail)],
    onError: reportErrors(url, { environment: "test", release: "7" }),
  });
  const { id } = await app.enqueue(charge, { card: "4111" });
  await app.worker({ ownsProcess: false, until: { type: "drained" } }).run();
  const report = await posted;
  expect(report).toMatchObject({
    environment: "test",
    release: "7",
    name: "RangeError",
    message: "over the limit",
    where: { source: "run", job: { id, task: "charge", attempt: 1 }, willRetry: false },
  });
  expect(JSON.stringify(report)).not.toContain("4111");
  await app.close();
});
