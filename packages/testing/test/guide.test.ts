import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { adapter as sqs } from "@jobs/adapter-sqs";
import { createApp, defineTask, handle } from "@jobs/core";
import { sleep } from "@jobs/core/runtime";
import { createTestApp } from "@jobs/testing";
import { describe, expect, test } from "vitest";
import { app, charge, mail, ship } from "./shop.ts";

// Every code block of the guide is one of the regions below, or of the files it names.
describe("docs/guide/testing.md", () => {
  test("first", async () => {
    // #region first
    await using t = createTestApp(app);
    await t.app.enqueue(charge, { order: 1, cents: 500 });
    t.expectEnqueued(charge, { order: 1 });

    await t.runAll(); // charge, and the ship job it enqueued
    t.expectEnqueued(mail, { to: "a@b.c" }, { delayMs: 60_000 });

    await t.advance("1m"); // the mail falls due
    t.expectNothingEnqueued();
    // #endregion
  });

  test("outcomes", async () => {
    // #region outcomes
    await using t = createTestApp(app);
    await t.app.enqueue(charge, { order: 1, cents: 500 });
    const outcomes = await t.runAll();
    expect(outcomes).toMatchObject([
      { task: "charge", status: "succeeded", result: { paid: 500 } },
      { task: "ship", status: "succeeded", queue: "warehouse" },
    ]);
    // #endregion
  });

  test("retries", async () => {
    // #region retries
    await using t = createTestApp(app);
    await t.app.enqueue(charge, { order: 1, cents: -1 }); // the handler throws
    await t.advance("1h");
    expect(t.outcomes).toMatchObject([
      { status: "retried", attempt: 1, error: { name: "RangeError" } },
      { status: "retried", attempt: 2 },
      { status: "dead", attempt: 3, reason: "exhausted" },
    ]);
    expect(t.dead(charge)).toMatchObject([{ params: { order: 1 } }]);
    // #endregion
  });

  test("expiry", async () => {
    // #region expiry
    await using t = createTestApp(app);
    await t.app.enqueue(ship, { order: 1 }, { expiresInMs: 60_000 });
    await t.clock.advance(120_000); // two minutes in which no worker is at work
    await t.runAll();
    expect(t.dead(ship)).toMatchObject([{ reason: "expired" }]);
    // #endregion
  });

  test("slow-handler", async () => {
    const report = defineTask("report", {});
    // #region slow-handler
    await using t = createTestApp({
      tasks: [report],
      handlers: [handle(report, (): Promise<void> => sleep(t.clock, 300_000))],
    });
    await t.app.enqueue(report, {});
    const run = t.runAll(); // not awaited yet: the handler waits for the clock
    await t.advance("5m"); // its lease of 30 s is renewed all the while
    expect(await run).toMatchObject([{ status: "succeeded", attempt: 1 }]);
    // #endregion
  });

  test("like", async () => {
    // #region like
    await using t = createTestApp(app, { like: sqs });
    await expect(t.app.enqueue(ship, { order: 1 }, { priority: 9 })).rejects.toThrow(
      'sqs queue "shop-warehouse" has no priority',
    );
    // #endregion
  });

  test("own-limits", async () => {
    // #region own-limits
    await using t = createTestApp(app, { like: { ...sqs.limits, maxMessageBytes: 256 * 1024 } });
    // #endregion
    expect((await t.app.queue("mail")).capabilities.maxMessageBytes).toBe(262_144);
  });

  test("stand-ins", async () => {
    // #region stand-ins
    await using t = createTestApp(app, {
      handlers: [handle(charge, async (_, ctx) => void (await ctx.enqueue(ship, { order: 99 })))],
    });
    await t.app.enqueue(charge, { order: 1, cents: 500 });
    await t.runAll({ queues: ["default"] });
    t.expectEnqueued(ship, { order: 99 });
    // #endregion
  });

  test("two-releases", async () => {
    // #region two-releases
    const newShip = defineTask("ship", { order: "integer", carrier: "string" }, { queue: "warehouse" });
    const newRelease = createApp({
      queuePrefix: "shop-",
      tasks: [newShip],
      handlers: [handle(newShip, () => {})],
    });
    await using before = createTestApp(app);
    await using after = createTestApp(newRelease, { beside: before });

    await before.app.enqueue(ship, { order: 1 });
    expect(await after.runAll()).toMatchObject([{ status: "held", reason: "signature_mismatch" }]);
    expect(await before.advance("30s")).toMatchObject([{ task: "ship", status: "succeeded" }]);
    // #endregion
  });
});

test("every code block of the guide is cut from a file that runs", async () => {
  const guide = await readFile(pathOf("docs/guide/testing.md"), "utf8");
  const blocks = [...guide.matchAll(/<!-- (?<file>\S+?)#(?<region>\S+) -->\n```ts\n(?<code>.*?)\n```/gs)];
  expect(blocks.length).toBe(guide.match(/^```ts$/gm)?.length);
  expect(blocks.length).toBeGreaterThan(8);
  for (const { groups = {} } of blocks) {
    const source = await readFile(pathOf(groups.file ?? ""), "utf8");
    expect(groups.code, groups.region).toBe(regionOf(source, groups.region ?? ""));
  }
});

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../../../${file}`, import.meta.url));
}

/** The lines of a region, moved to the left edge. */
function regionOf(source: string, name: string): string {
  const lines = source.split("\n");
  const begin = lines.findIndex((line) => line.trim() === `// #region ${name}`);
  const end = lines.findIndex((line, index) => index > begin && line.trim() === "// #endregion");
  const indent = lines[begin]?.search(/\S/) ?? 0;
  return lines
    .slice(begin + 1, end)
    .map((line) => line.slice(indent))
    .join("\n");
}
