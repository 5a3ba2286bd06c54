import type { PeekedState, StoredMessage } from "@jobs/core/broker";
import { type RedisServer, startRedisServer } from "@jobs/test-servers";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { BoardPage, launchChromium, type ShownState } from "./board-page.ts";
import { RedisWorld } from "./redis-world.ts";

/** A queue of ours, with Bull Board's page on it. */
class BoardWorld implements AsyncDisposable {
  readonly world: RedisWorld;
  readonly page: BoardPage;

  private constructor(world: RedisWorld, page: BoardPage) {
    this.world = world;
    this.page = page;
  }

  static async open(browser: Browser, url: string): Promise<BoardWorld> {
    const world = await RedisWorld.open(url, { keepFinished: 9 });
    return new BoardWorld(world, await BoardPage.open(browser, world));
  }

  /** Sends a job `<state>-job` into a state. Answers with its delivery, while it runs. */
  async sendInto(state: ShownState) {
    const { world } = this;
    if (state === "delayed") return void (await world.send([`${state}-job`], { delayMs: 60_000 }));
    if (state === "prioritized") return void (await world.send([`${state}-job`], { priority: 5 }));
    await world.send([`${state}-job`]);
    if (state === "waiting") return undefined;
    const [delivery] = await world.take(1);
    if (state === "active") return delivery;
    const end = state === "completed" ? { action: "ack" as const } : { action: "dead" as const, ...FATAL };
    await world.consumer.settle([{ delivery: delivery!, ...end }]);
    return undefined;
  }

  /** How many jobs are in each state, as we see it. */
  async stats() {
    const { ready, delayed, leased, dead, isPaused } = await this.world.queue.stats();
    return { ready: ready.n, delayed: delayed.n, leased: leased.n, dead: dead.n, isPaused };
  }

  /** The jobs of these states, as we see them. */
  async peek(...states: readonly PeekedState[]): Promise<readonly StoredMessage[]> {
    const found = await Promise.all(states.map((state) => this.world.queue.peek({ state, limit: 9 })));
    return found.flatMap(({ messages }) => messages);
  }

  /** Ids of what our worker gets now, in order. */
  async takeIds(): Promise<readonly string[]> {
    return (await this.world.take(9)).map(({ messageId }) => messageId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page[Symbol.asyncDispose]();
    await this.world[Symbol.asyncDispose]();
  }
}

const FATAL = { reason: "fatal" } as const;

/** A Redis and a browser for the tests of a file. */
export function useBrowser() {
  let server: RedisServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await startRedisServer();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });
  return {
    get url() {
      return server.url;
    },
    /** A queue of ours with the page on it. */
    openBoard: () => BoardWorld.open(browser, server.url),
    /** The page on a queue of another world. */
    openPage: (world: RedisWorld, name: string) => BoardPage.open(browser, world, name),
  };
}
