import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { memory } from "@jobs/adapter-memory";
import type { App, Worker } from "@jobs/core";
import { startSqsEndpoint } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { createShopApp } from "../src/app.ts";
import { placeOrder } from "../src/tasks.ts";
import { Warehouse } from "../src/warehouse.ts";

const EXAMPLE = fileURLToPath(new URL("..", import.meta.url));

/** A shop on memory, what its contexts did, and a signal for the first that is open. */
function openShop() {
  const warehouse = new Warehouse();
  const steps: string[] = [];
  let open = () => {};
  const isOpen = new Promise<void>((resolve) => {
    open = resolve;
  });
  const app = createShopApp(warehouse, (step) => {
    steps.push(step);
    if (step === "open") open();
  }).with({ broker: memory() });
  return { app, warehouse, steps, isOpen };
}

function runAll(app: App): ReturnType<Worker["run"]> {
  return app.worker({ ownsProcess: false, until: { type: "drained" } }).run();
}

describe("a job inside a context", () => {
  it("commits after a success, also what code far below the handler wrote [W11]", async () => {
    const { app, warehouse, steps } = openShop();
    await app.enqueue(placeOrder, { order: 1, card: "good" }, { headers: { shop: "north" } });
    expect(await runAll(app)).toMatchObject({ succeeded: 1 });
    expect(steps).toEqual(["open", "commit", "close"]);
    expect(warehouse.books).toEqual([
      { shop: "north", text: "goods of order 1 are reserved" },
      { shop: "north", text: "order 1 is paid" },
    ]);
  });

  it.each([
    ["a throw", "declined", "exhausted"],
    ["a timeout", "silent", "timeout"],
  ])("closes after %s, and nothing is in the books [W11]", async (_, card, reason) => {
    const { app, warehouse, steps } = openShop();
    await app.enqueue(placeOrder, { order: 2, card }, { headers: { shop: "north" } });
    expect(await runAll(app)).toMatchObject({ dead: 1 });
    const { messages } = await (await app.queue("orders")).peek({ state: "dead", limit: 1 });
    expect(messages).toMatchObject([{ dead: { reason } }]);
    expect(steps).toEqual(["open", "close"]);
    expect(warehouse).toMatchObject({ books: [], openUnits: 0 });
  });

  it("closes at a shutdown, and the job is handed back [W11]", async () => {
    const { app, warehouse, steps, isOpen } = openShop();
    await app.enqueue(placeOrder, { order: 3, card: "silent" });
    const worker = app.worker({ ownsProcess: false, shutdownTimeoutMs: 0 });
    const end = worker.run();
    await isOpen;
    await worker.stop();
    expect(await end).toMatchObject({ succeeded: 0, dead: 0, released: 1 });
    expect(steps).toEqual(["open", "close"]);
    expect(warehouse).toMatchObject({ books: [], openUnits: 0 });
    expect(await (await app.queue("orders")).stats()).toMatchObject({ ready: { n: 1 } });
  });
});

describe("npm run example:context", () => {
  const END = /2 succeeded, 2 set aside, 0 units of work left open/;

  it.each(["sqlite", "memory"])("runs on %s [W11]", async (broker) => {
    expect(await runExample(["--broker", broker])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(END),
    });
  });

  it("runs on SQS [W11]", async () => {
    await using sqs = await startSqsEndpoint();
    await sqs.createQueue({ name: "orders", dlq: "orders-dead" });
    const env = {
      AWS_ENDPOINT_URL_SQS: sqs.url,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    };
    const { code, stdout, stderr } = await runExample(["--broker", "sqs"], env);
    expect({ code, stderr, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(END) });
  });

  it("is exit 2 for a broker that it does not know", async () => {
    const { code, stderr } = await runExample(["--broker", "mysql"]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: "--broker is one of memory, sqlite, sqs.\n" });
  });
});

/** Runs a copy, so that the test does not use the database of the example in the checkout. */
async function runExample(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(EXAMPLE, ".test-"));
  try {
    for (const part of ["src", "start.mjs"])
      cpSync(join(EXAMPLE, part), join(folder, part), { recursive: true });
    const child = spawn(process.execPath, ["start.mjs", ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const [code] = await once(child, "close");
    return { code, stdout, stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
