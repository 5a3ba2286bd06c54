import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { HonoAdapter } from "@bull-board/hono";
import { type ServerType, serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { findChromium } from "@jobs/test-servers";
import { Queue } from "bullmq";
import { Hono } from "hono";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { QUEUE, type RedisWorld } from "./redis-world.ts";

const HOST = "127.0.0.1";

/** The page of Bull Board on the queue of a world, in a browser. */
export class BoardPage implements AsyncDisposable {
  readonly #queue: Queue;
  readonly #server: ServerType;
  readonly #browser: Browser;
  readonly #page: Page;
  readonly #address: string;

  private constructor(queue: Queue, server: ServerType, browser: Browser, page: Page) {
    this.#queue = queue;
    this.#server = server;
    this.#browser = browser;
    this.#page = page;
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the board has no port.");
    this.#address = `http://${HOST}:${address.port}/queue/${QUEUE}`;
  }

  static async open({ url, prefix }: RedisWorld): Promise<BoardPage> {
    const queue = new Queue(QUEUE, { connection: { url }, prefix });
    const board = new HonoAdapter(serveStatic);
    createBullBoard({ queues: [new BullMQAdapter(queue)], serverAdapter: board });
    const app = new Hono().route("/", board.registerPlugin());
    const server = await new Promise<ServerType>((resolve) => {
      const started = serve({ fetch: app.fetch, hostname: HOST, port: 0 }, () => resolve(started));
    });
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error("there is no Chromium; ask hasChromium() first.");
    // Its sandbox refuses to start for root, as tests in containers are.
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    const page = await browser.newPage();
    // Its fonts come from elsewhere.
    await page.route(
      ({ hostname }) => hostname !== HOST,
      (route) => route.abort(),
    );
    return new BoardPage(queue, server, browser, page);
  }

  /** Shows the jobs of a state, and waits until this one is there. */
  async showState(status: string, jobId: string): Promise<void> {
    await this.#page.goto(`${this.#address}?status=${status}`);
    await this.#card(jobId).waitFor();
  }

  /** Shows one job. */
  async showJob(jobId: string): Promise<void> {
    await this.#page.goto(`${this.#address}/${jobId}`);
    await this.#panel.waitFor();
  }

  /** What a tab of the job says, once it says something. */
  async tab(name: string, expected: string): Promise<void> {
    await this.#page.getByRole("tab", { name, exact: true }).click();
    await this.#panel.getByText(expected).first().waitFor();
  }

  /** The progress in the ring beside the job. */
  async progress(): Promise<string | null> {
    return this.#page.getByRole("progressbar").getAttribute("aria-valuetext");
  }

  /** Presses the first button of the only job, whose question has to be this one, and says yes. */
  async pressFirst(question: string): Promise<void> {
    await this.#page.locator("li > [data-base-ui-tooltip-trigger] > button").first().click();
    await this.#confirm(question);
  }

  /** Presses a button for all jobs of the state, and says yes to its question. */
  async pressAll(button: string, question: string): Promise<void> {
    await this.#page.getByRole("button", { name: button, exact: true }).click();
    await this.#confirm(question);
  }

  /** Waits until the page does not show the job any more. */
  async waitUntilGone(jobId: string): Promise<void> {
    await this.#card(jobId).waitFor({ state: "detached" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    this.#server.close();
    await this.#queue.close();
  }

  get #panel(): Locator {
    return this.#page.getByRole("tabpanel");
  }

  #card(jobId: string): Locator {
    return this.#page.locator(`a[href^="/queue/${QUEUE}/${jobId}?"]`);
  }

  async #confirm(question: string): Promise<void> {
    await this.#page.getByText(question).waitFor();
    await this.#page.getByRole("button", { name: "Confirm" }).click();
  }
}
