import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { HonoAdapter } from "@bull-board/hono";
import { type ServerType, serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { findChromium } from "@jobs/test-servers";
import { Queue } from "bullmq";
import { Hono } from "hono";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { type FormValues, fillForm } from "./board-form.ts";
import { QUEUE, type RedisWorld } from "./redis-world.ts";

const HOST = "127.0.0.1";

/** It looks anew after each press only. */
const SETTINGS = JSON.stringify({ state: { pollingInterval: 0 }, version: 2 });

/** The buttons of a job in each state, in the order of the page. They have no name but a picture. */
export const JOB_BUTTONS = {
  waiting: ["duplicate", "updateData", "clean"],
  prioritized: ["reprioritise", "duplicate", "updateData", "clean"],
  "waiting-children": ["removeChildren", "duplicate", "updateData", "clean"],
  delayed: ["promote", "reschedule", "duplicate", "updateData", "clean"],
  active: [],
  failed: ["retry", "duplicate", "updateData", "clean"],
  completed: ["duplicate", "retry", "clean"],
} as const;

/** A state of a job, as the page calls it. */
export type ShownState = keyof typeof JOB_BUTTONS;

/** A button of a job. */
export type JobButton = (typeof JOB_BUTTONS)[ShownState][number];

/** What the page asks or opens when a button of a job is pressed. */
const JOB_TITLES: Readonly<Record<JobButton, string>> = {
  clean: "clean this job",
  promote: "promote this job",
  retry: "retry this job",
  removeChildren: "Remove the children this job is still waiting on?",
  duplicate: "Duplicate job",
  updateData: "Update job data",
  reschedule: "Reschedule job",
  reprioritise: "Change priority",
};

/** Whose menu is opened. */
type MenuOwner = "queue" | "all queues";

/** Whose menu is meant, default that of the queue, and the box to tick in the question. */
interface Choice {
  readonly of?: MenuOwner;
  readonly box?: string;
}

/** A browser for {@link BoardPage}. Its sandbox refuses to start for root, as tests in containers are. */
export function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("there is no Chromium; ask hasChromium() first.");
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

/** The page of Bull Board on a queue of a world, in a browser. Each press answers with the status that the board sent. */
export class BoardPage implements AsyncDisposable {
  readonly #queue: Queue;
  readonly #server: ServerType;
  readonly #page: Page;
  readonly #origin: string;

  private constructor(queue: Queue, server: ServerType, page: Page) {
    this.#queue = queue;
    this.#server = server;
    this.#page = page;
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the board has no port.");
    this.#origin = `http://${HOST}:${address.port}`;
  }

  static async open(browser: Browser, { url, prefix }: RedisWorld, name = QUEUE): Promise<BoardPage> {
    const queue = new Queue(name, { connection: { url }, prefix });
    const board = new HonoAdapter(serveStatic);
    createBullBoard({ queues: [new BullMQAdapter(queue)], serverAdapter: board });
    const app = new Hono().route("/", board.registerPlugin());
    const server = await new Promise<ServerType>((resolve) => {
      const started = serve({ fetch: app.fetch, hostname: HOST, port: 0 }, () => resolve(started));
    });
    const page = await browser.newPage({ locale: "en-US", timezoneId: "UTC" });
    // Its fonts come from elsewhere.
    await page.route(
      ({ hostname }) => hostname !== HOST,
      (route) => route.abort(),
    );
    await page.addInitScript(`localStorage.setItem("board-settings", '${SETTINGS}')`);
    return new BoardPage(queue, server, page);
  }

  /** Shows the jobs of a state, and waits until this one is there. */
  async showState(status: ShownState, jobId: string): Promise<void> {
    await this.#page.goto(`${this.#queueAddress}?status=${status}`);
    await this.#card(jobId).waitFor();
  }

  /** Shows one job. */
  async showJob(jobId: string): Promise<void> {
    await this.#page.goto(`${this.#queueAddress}/${jobId}`);
    await this.#panel.waitFor();
  }

  /** Shows the queue. */
  async showQueue(): Promise<void> {
    await this.#page.goto(this.#queueAddress);
  }

  /** Shows what is about all queues, or about their job schedulers. */
  async showBoard(path: "/" | "/job-schedulers"): Promise<void> {
    await this.#page.goto(`${this.#origin}${path}`);
  }

  /** Waits until a tab of the job says this. */
  async tab(name: string, expected: string): Promise<void> {
    await this.#page.getByRole("tab", { name, exact: true }).click();
    await this.#panel.getByText(expected).first().waitFor();
  }

  /** The names of the job's tabs. */
  async tabs(): Promise<readonly string[]> {
    return this.#page.getByRole("tab").allTextContents();
  }

  /** The progress in the ring beside the job. */
  async progress(): Promise<string | null> {
    return this.#page.getByRole("progressbar").getAttribute("aria-valuetext");
  }

  /** How many buttons the job has that is shown. */
  async countJobButtons(): Promise<number> {
    return this.#jobButtons.count();
  }

  /** Shows a job, presses a button of it, fills in the form if it has one, and confirms. */
  async pressJob(state: ShownState, jobId: string, button: JobButton, values?: FormValues): Promise<number> {
    await this.showJob(jobId);
    return this.pressShown(state, button, values);
  }

  /** Presses a button of the job that is shown, as it was when it was shown. */
  async pressShown(state: ShownState, button: JobButton, values?: FormValues): Promise<number> {
    const buttons: readonly JobButton[] = JOB_BUTTONS[state];
    await this.#jobButtons.nth(buttons.indexOf(button)).click();
    return values === undefined
      ? this.#confirm(JOB_TITLES[button])
      : this.#submit(JOB_TITLES[button], values);
  }

  /** Presses a button with this name, whose question has to be this one, and says yes. */
  async press(name: string | RegExp, question: string): Promise<number> {
    await this.#page.getByRole("button", { name, exact: true }).click();
    return this.#confirm(question);
  }

  /** Presses a button with this name, and sends the form that it opens. */
  async pressForm(name: string, title: string, values: FormValues): Promise<number> {
    await this.#page.getByRole("button", { name, exact: true }).click();
    return this.#submit(title, values);
  }

  /** The names in the menu of the queue, or in that of all queues. */
  async menu(of: MenuOwner = "queue"): Promise<readonly string[]> {
    await this.#openMenu(of);
    return this.#page.getByRole("menuitem").allTextContents();
  }

  /** Chooses from a menu, ticks the box of the question if asked to, and says yes. */
  async choose(name: string, question: string, { of = "queue", box }: Choice = {}): Promise<number> {
    await this.#choose(name, of);
    if (box !== undefined) await this.#page.getByRole("checkbox", { name: box }).click();
    return this.#confirm(question);
  }

  /** Chooses from the menu of the queue, and sends the form that it opens. */
  async chooseForm(name: string, title: string, values: FormValues): Promise<number> {
    await this.#choose(name, "queue");
    return this.#submit(title, values);
  }

  /** Waits until the page says this. */
  async says(text: string | RegExp): Promise<void> {
    await this.#page.getByText(text).first().waitFor();
  }

  /** Waits until the page does not show the job any more. */
  async waitUntilGone(jobId: string): Promise<void> {
    await this.#card(jobId).waitFor({ state: "detached" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#page.close();
    this.#server.close();
    await this.#queue.close();
  }

  get #queueAddress(): string {
    return `${this.#origin}/queue/${this.#queue.name}`;
  }

  get #panel(): Locator {
    return this.#page.getByRole("tabpanel");
  }

  get #jobButtons(): Locator {
    return this.#page.locator("li > [data-base-ui-tooltip-trigger] > button");
  }

  #card(jobId: string): Locator {
    return this.#page.locator(`a[href^="/queue/${this.#queue.name}/${jobId}?"]`);
  }

  async #openMenu(of: MenuOwner): Promise<void> {
    await (of === "queue" ? this.showQueue() : this.showBoard("/"));
    // That of all queues stands before those of each.
    await this.#page.locator('main button[aria-haspopup="menu"]').first().click();
  }

  async #choose(name: string, of: MenuOwner): Promise<void> {
    await this.#openMenu(of);
    await this.#page.getByRole("menuitem", { name, exact: true }).click();
  }

  async #confirm(question: string): Promise<number> {
    await this.#page.getByText(question).waitFor();
    return this.#send(() => this.#page.getByRole("button", { name: "Confirm" }).click());
  }

  async #submit(title: string, values: FormValues): Promise<number> {
    const form = this.#page.getByRole("dialog", { name: title });
    await form.waitFor();
    await fillForm(form, values);
    return this.#send(() => form.locator('button[type="submit"]').click());
  }

  /** The status of the answer to the change that the page asks for. */
  async #send(click: () => Promise<void>): Promise<number> {
    const asked = this.#page.waitForResponse((response) => response.request().method() !== "GET");
    const [answer] = await Promise.all([asked, click()]);
    return answer.status();
  }
}
