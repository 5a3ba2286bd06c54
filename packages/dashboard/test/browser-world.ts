import { createMemoryHistory, memory, memoryResults } from "@jobs/adapter-memory";
import { type AppOptions, createApp, type Task } from "@jobs/core";
import { findChromium } from "@jobs/test-servers";
import {
  type Browser,
  type BrowserContextOptions,
  type ConsoleMessage,
  chromium,
  type Page,
} from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { bundlePage } from "../scripts/build.mjs";
import { type DashboardOptions, serveDashboard } from "../src/index.ts";
import { PARTS } from "./dashboard-world.ts";

/** An app with its dashboard in a browser. */
export interface BrowserWorld extends AsyncDisposable {
  readonly app: ReturnType<typeof createApp>;
  readonly page: Page;
  readonly url: string;
  /** Errors of the page's code, and what its security policy refused. */
  readonly errors: readonly string[];
  /** Shows a view, and waits until its title and all it reads are there. */
  show(path: string, title: string): Promise<void>;
  /** Presses a button, and says yes to its question. */
  press(button: string, verb: string): Promise<void>;
}

interface WorldOptions {
  readonly app?: Partial<AppOptions<readonly Task[]>>;
  readonly dashboard?: Partial<DashboardOptions>;
  readonly browser?: BrowserContextOptions;
}

/**
 * A browser for the tests of a file. Each world has an app and a server of its own. A window without options of its own is
 * used again, since a new one takes longer than most tests.
 */
export function useBrowser() {
  let browser: Browser;
  const spare: Page[] = [];
  beforeAll(async () => {
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error("there is no Chromium; ask hasChromium() first.");
    await bundlePage();
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });
  afterAll(() => browser.close());
  return {
    async open({ app: appOptions, dashboard, browser: context }: WorldOptions = {}): Promise<BrowserWorld> {
      const stores = { broker: memory(), results: memoryResults(), history: createMemoryHistory() };
      const app = createApp({ ...PARTS, ...stores, ...appOptions });
      const server = await serveDashboard({ app, ...dashboard }, { port: 0 });
      const kept = context === undefined ? spare.pop() : undefined;
      const page = kept ?? (await browser.newPage({ locale: "en-US", timezoneId: "UTC", ...context }));
      const errors: string[] = [];
      const noteError = (error: Error) => errors.push(error.message);
      const noteRefusal = (message: ConsoleMessage) => {
        if (/Content Security Policy/.test(message.text())) errors.push(message.text());
      };
      page.on("pageerror", noteError).on("console", noteRefusal);
      return {
        app,
        page,
        url: server.url,
        errors,
        async show(path, title) {
          await page.goto(`${server.url}${path}`);
          await page.getByRole("heading", { level: 1, name: title }).waitFor();
          await page.getByText("Reading …").first().waitFor({ state: "detached" });
        },
        async press(button, verb) {
          await page.getByRole("button", { name: button, exact: true }).click();
          await page.getByRole("dialog").getByRole("button", { name: verb, exact: true }).click();
        },
        async [Symbol.asyncDispose]() {
          page.off("pageerror", noteError).off("console", noteRefusal);
          if (context === undefined) {
            await page.context().clearCookies();
            await page.goto("about:blank");
            spare.push(page);
          } else await page.close();
          await server.close();
          await app.close();
        },
      };
    },
  };
}
