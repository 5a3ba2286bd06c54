import { readFileSync, statSync } from "node:fs";
import { FatalError, handle } from "@jobs/core";
import { hasChromium } from "@jobs/test-servers";
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
const LARGEST = 150 * 1024;

describe.runIf(await hasChromium())("images of the documentation", () => {
  const { open } = useBrowser();
  const viewport = { width: 1280, height: 800 };

  /** An app with some of everything. */
  async function openFull(colorScheme: "light" | "dark"): Promise<BrowserWorld> {
    const handlers = [
      handle(resize, ({ file }, { log }) => {
        log.info("read the image", { bytes: 48_211 });
        if (file === "broken") throw noHeader();
        return { width: 1200, height: 800 };
      }),
      handle(mail, () => {}),
    ];
    const world = await open({ app: { handlers }, browser: { colorScheme, viewport } });
    const { app } = world;
    const files = Array.from({ length: 40 }, (_, index) => (index % 10 === 0 ? "broken" : "photo.png"));
    for (const file of files) await app.enqueue(resize, { file }, { tags: ["customer:7"] });
    await app.worker({ ownsProcess: false, until: { type: "settled", jobs: files.length } }).run();
    await app.enqueueMany(Array.from({ length: 12 }, () => [mail, { to: "ada@example.com" }] as const));
    await app.enqueue(resize, { file: "photo.png" }, { delayMs: 3_600_000 });
    return world;
  }

  async function shoot({ page }: BrowserWorld, name: string): Promise<void> {
    await page.getByText("Reading …").waitFor({ state: "detached" });
    const path = new URL(`dashboard-${name}.png`, IMAGES).pathname;
    const { snapshotState } = expect.getState();
    // vitest does not declare it.
    const { _updateSnapshot: update } = snapshotState as unknown as { readonly _updateSnapshot: string };
    if (update === "all") await page.screenshot({ path });
    expect(readFileSync(path).subarray(1, 4).toString()).toBe("PNG");
    expect(statSync(path).size).toBeLessThan(LARGEST);
  }

  it("are those of the overview, a dead job and the dead letters", async () => {
    await using light = await openFull("light");
    await light.show("/", "Overview");
    await light.page.getByText("Live", { exact: true }).waitFor();
    await shoot(light, "overview");
    const [dead] = (await (await light.app.queue("images")).peek({ state: "dead", limit: 1 })).messages;
    await light.show(`/jobs/${dead!.messageId}`, "resize");
    await light.page.getByText("attempt 1").first().waitFor();
    await shoot(light, "job");
    await using dark = await openFull("dark");
    await dark.show("/dead", "Dead letters");
    await shoot(dark, "dead");
  });
});
