import { readFileSync, statSync, writeFileSync } from "node:fs";
import { chain, FatalError, group, handle, step } from "@jobs/core";
import { hasChromium } from "@jobs/test-servers";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { type BrowserWorld, useBrowser } from "./browser-world.ts";
import { mail, resize } from "./dashboard-world.ts";

const IMAGES = new URL("../../../docs/images/", import.meta.url);

/** An error with frames that are the same on every machine. */
function noHeader(): FatalError {
  const error = new FatalError("cannot read photo-17.png: it has no header");
  const own = [
    "readHeader (/srv/shop/src/images/png.ts:41:11)",
    "handler (/srv/shop/src/images/resize.ts:18:24)",
  ];
  const foreign = ["JobRun.handle (/srv/shop/node_modules/@jobs/core/dist/bundle.js:4120:31)"];
  error.stack = [
    `FatalError: ${error.message}`,
    ...[...own, ...foreign].map((frame) => `    at ${frame}`),
  ].join("\n");
  return error;
}

/** The images are part of the documentation's first reading, so none is large. */
const LARGEST = 48 * 1024;

/** The views in dark. */
const DARK: ReadonlySet<string> = new Set(["dead", "flow"]);

describe.runIf(await hasChromium())("images of the documentation", () => {
  const { open } = useBrowser();
  const viewport = { width: 1040, height: 600 };

  /** An app with some of everything. Its worker has one mail in hand until it is stopped. */
  async function openFull() {
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const handlers = [
      handle(resize, ({ file }, { log }) => {
        log.info("read the image", { bytes: 48_211 });
        if (file === "broken") throw noHeader();
        return { width: 1200, height: 800 };
      }),
      handle(mail, () => finished),
    ];
    const world = await open({ app: { handlers, release: "2026.11.1" }, browser: { viewport } });
    const { app } = world;
    const files = Array.from({ length: 40 }, (_, index) => (index % 10 === 0 ? "broken" : "photo.png"));
    for (const file of files) await app.enqueue(resize, { file }, { tags: ["customer:7"] });
    const until = { type: "settled", jobs: files.length + 1 } as const;
    const photo = step(resize, { file: "photo.png" });
    const flow = await app.start(
      chain([photo, group([photo, photo]), step(mail, { to: "ada@example.com" })]),
    );
    await app.worker({ ownsProcess: false, queues: ["images"], until }).run();
    await app.enqueueMany(Array.from({ length: 12 }, () => [mail, { to: "ada@example.com" }] as const));
    await app.enqueue(resize, { file: "photo.png" }, { delayMs: 3_600_000 });
    const worker = app.worker({ ownsProcess: false, queues: ["default"], concurrency: 1 });
    const ended = worker.run();
    const stop = async () => {
      finish();
      await worker.stop();
      await ended;
    };
    await expect.poll(() => app.workers()).toHaveLength(1);
    return { world, flow: flow.id, stop };
  }

  async function shoot({ page }: BrowserWorld, name: string): Promise<void> {
    await page.getByText("Reading …").waitFor({ state: "detached" });
    const path = new URL(`dashboard-${name}.webp`, IMAGES).pathname;
    const { snapshotState } = expect.getState();
    // vitest does not declare it.
    const { _updateSnapshot: update } = snapshotState as unknown as { readonly _updateSnapshot: string };
    if (update === "all") writeFileSync(path, await webpOf(page));
    expect(readFileSync(path).subarray(8, 12).toString(), path).toBe("WEBP");
    expect(statSync(path).size, path).toBeLessThan(LARGEST);
  }

  it("are there for each view", async () => {
    const { world, flow, stop } = await openFull();
    await using _ = world;
    const { app, page } = world;
    const [dead] = (await (await app.queue("images")).peek({ state: "dead", limit: 1 })).messages;
    await app.schedules.set("hourly", { cron: "30 * * * *", task: mail, params: { to: "ada@example.com" } });
    await world.show("/schedules", "Schedules");
    await world.press("Run now: daily", "Run");
    await page.getByText("Done: 1 changed.").waitFor();
    await world.press("Pause daily", "Pause");
    await page.getByRole("button", { name: "Resume daily" }).waitFor();
    const views = [
      ["overview", "/", "Overview"],
      ["queue", "/queues/default", "default"],
      ["job", `/jobs/${dead?.messageId}`, "resize"],
      ["dead", "/dead", "Dead letters"],
      ["jobs", "/jobs?state=succeeded", "Jobs"],
      ["workers", "/workers", "Workers"],
      ["schedules", "/schedules", "Schedules"],
      ["flow", `/flows/${flow}`, "Flow"],
      ["signatures", "/signatures", "Signatures"],
      ["audit", "/audit", "Audit log"],
    ] as const;
    for (const [name, path, title] of views) {
      await page.emulateMedia({ colorScheme: DARK.has(name) ? "dark" : "light" });
      await world.show(path, title);
      await page.getByText("Live", { exact: true }).waitFor();
      await shoot(world, name);
    }
    await stop();
  });

  it("are there for signing in", async () => {
    const tokens = [{ name: "ada", token: "a-token-of-24-characters" }];
    await using world = await open({ dashboard: { tokens }, browser: { viewport } });
    await world.show("/", "Sign in");
    await shoot(world, "sign-in");
  });
});

/** The window as it is now, much smaller than a PNG. */
async function webpOf(page: Page): Promise<Buffer> {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 75 });
  await session.detach();
  return Buffer.from(data, "base64");
}
