import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMemoryHistory, memory, memoryResults } from "@jobs/adapter-memory";
import { redis, redisHistory, redisResults } from "@jobs/adapter-redis";
import { sqlite, sqliteHistory, sqliteResults } from "@jobs/adapter-sqlite";
import {
  type AppOptions,
  createApp,
  defineSchedule,
  defineTask,
  FatalError,
  handle,
  type Task,
} from "@jobs/core";
import type { HistoryStore } from "@jobs/core/broker";
import { startRedisServer } from "@jobs/test-servers";
import { expect } from "vitest";
import type { Action, ActionAnswer, AuditLog } from "../src/api/action-types.ts";
import { createDashboard, type DashboardOptions } from "../src/index.ts";

type AppParts = Partial<AppOptions<readonly Task[]>>;

/** Where the page would be. */
export const HOME = "http://localhost:7710";

/** Resizes an image, unless its file is `broken`. */
export const resize = defineTask(
  "resize",
  { file: "string", key: "string?" },
  { queue: "images", monitorParams: true, redact: ["key"] },
);

/** Never runs here. */
export const mail = defineTask("mail", { to: "string" });

/** A schedule of mails. */
const daily = defineSchedule("daily", {
  cron: "0 9 * * *",
  timeZone: "UTC",
  task: mail,
  params: { to: "everybody" },
});

/** The parts of every app in these tests. */
export const PARTS = {
  tasks: [resize, mail],
  schedules: [daily],
  storedSchedules: true,
  queues: ["default", "images"],
  handlers: [
    handle(resize, ({ file }) => {
      if (file === "broken") throw new FatalError("cannot read the file");
      return { file };
    }),
    handle(mail, () => {}),
  ],
} satisfies AppParts;

/** A broker and a result store that these tests run on, with what ends them. */
export interface Storage extends AsyncDisposable {
  readonly options: AppParts;
  /** A history in the same place. */
  history(): HistoryStore;
}

/** A broker and a result store of a kind, with nothing in them. */
export const STORAGES: Readonly<Record<string, () => Promise<Storage>>> = {
  memory: async () => ({
    options: { broker: memory(), results: memoryResults() },
    history: () => createMemoryHistory(),
    async [Symbol.asyncDispose]() {},
  }),
  sqlite: async () => {
    const folder = mkdtempSync(join(tmpdir(), "jobs-dashboard-"));
    const file = join(folder, "jobs.db");
    return {
      options: { broker: sqlite({ file }), results: sqliteResults({ file }) },
      history: () => sqliteHistory({ file }),
      async [Symbol.asyncDispose]() {
        rmSync(folder, { recursive: true });
      },
    };
  },
  redis: async () => {
    const server = await startRedisServer();
    return {
      options: { broker: redis({ url: server.url }), results: redisResults({ url: server.url }) },
      history: () => redisHistory({ url: server.url }),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

/** The JSON of an answer, of the type that its route has. */
export async function jsonOf<T = { readonly error: { readonly code: string } }>(
  response: Response,
): Promise<T> {
  return (await response.json()) as T;
}

/** An app with its dashboard. */
export class DashboardWorld implements AsyncDisposable {
  readonly app;
  readonly dashboard;
  readonly #storage: AsyncDisposable;

  constructor(storage: Omit<Storage, "history">, options: Partial<DashboardOptions> = {}) {
    this.#storage = storage;
    this.app = createApp({ ...PARTS, ...storage.options });
    this.dashboard = createDashboard({ app: this.app, ...options });
  }

  /** A request as a program sends it. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return this.dashboard.fetch(new Request(`${HOME}${path}`, init));
  }

  /** The JSON of a route that answers. */
  async get<T>(path: string, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    const response = await this.fetch(`/api/${path}`, { headers });
    const body = (await response.json()) as T;
    expect(response.status, JSON.stringify(body)).toBe(200);
    return body;
  }

  /** A request for a change, as the page sends it. */
  post(action: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.fetch("/api/actions", {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(action),
    });
  }

  /** A change that succeeds, with its line in the audit log. */
  async act(action: Action) {
    const response = await this.post(action);
    const answer = (await response.json()) as ActionAnswer;
    expect(response.status, JSON.stringify(answer)).toBe(200);
    const { entries } = await this.get<AuditLog>("audit");
    if ("unsupported" in entries) throw new Error("there is no audit log.");
    return { ...answer, audit: entries[0] };
  }

  /** Runs jobs until so many are settled. */
  async run(jobs: number): Promise<void> {
    await this.app.worker({ ownsProcess: false, queues: ["images"], until: { type: "settled", jobs } }).run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dashboard.close();
    await this.app.close();
    await this.#storage[Symbol.asyncDispose]();
  }
}
