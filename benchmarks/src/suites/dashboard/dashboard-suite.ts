import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { redis, redisHistory } from "@jobs/adapter-redis";
import { sqlite, sqliteHistory } from "@jobs/adapter-sqlite";
import { type BenchCase, byScale, type Mark, type Suite } from "../../harness/bench-case.ts";
import { temporaryFolder } from "../../load/temporary-folder.ts";
import { MeasuredRedis } from "../redis/measured-redis.ts";
import { DashboardProcess } from "./dashboard-process.ts";
import { type SeededStores, seedJobs } from "./seed-jobs.ts";

/** Storage for one run: stores to fill, and the address of both for the settings of a project. */
interface Storage extends AsyncDisposable {
  readonly url: string;
  open(): SeededStores;
}

const STORAGES: Readonly<Record<"SQLite" | "Redis", () => Promise<Storage>>> = {
  async SQLite() {
    const file = `${temporaryFolder()}/jobs.db`;
    const open = () => ({ broker: sqlite({ file }), history: sqliteHistory({ file }) });
    return { url: `sqlite://${file}`, open, async [Symbol.asyncDispose]() {} };
  },
  async Redis() {
    const server = await MeasuredRedis.start("in memory");
    const url = server.target;
    const open = () => ({ broker: redis({ url, onWarning: () => {} }), history: redisHistory({ url }) });
    return { url, open, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
};

type StorageName = keyof typeof STORAGES;

const NAMES = ["SQLite", "Redis"] as const;

const APP = fileURLToPath(new URL("./app.js", import.meta.url));

/** What a browser reads before it shows the overview. */
const OPENING = ["/", "/page.css", "/page.js", "/api/overview"];

/** The views that read the most, and the time after which the page reads them again, in s. */
const VIEWS = [
  ["dead letters", "/api/dead", 10],
  ["signatures", "/api/signatures", 10],
  ["newest jobs", "/api/jobs", 3],
] as const;

/** How long a view is open, in s. */
const OPEN_SECONDS = { full: 60, quick: 3 } as const;

function dashboard(name: StorageName): BenchCase {
  return {
    name,
    units: {
      "first overview": "ms",
      "memory, overview": "MB",
      ...Object.fromEntries(VIEWS.map(([view]) => [view, "ms"])),
      "memory, all views": "MB",
    },
    async run(scale) {
      await using storage = await STORAGES[name]();
      await seedJobs(storage.open(), byScale(scale, 1_000_000, 20_000));
      await using process = await DashboardProcess.start(projectFolder(storage.url));
      const opened = await timed(async () => {
        for (const path of OPENING) await process.read(path);
      });
      const overviewMb = await process.watch(OPEN_SECONDS[scale]);
      const views: Record<string, number> = {};
      for (const [view, path] of VIEWS) views[view] = await timed(() => process.read(path));
      const allMb = await process.watch(
        OPEN_SECONDS[scale],
        VIEWS.map(([, path, every]) => ({ path, every })),
      );
      return {
        "first overview": opened,
        "memory, overview": overviewMb,
        ...views,
        "memory, all views": allMb,
      };
    },
  };
}

function projectFolder(url: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "jobs.config.json"), JSON.stringify({ app: APP, broker: url, history: url }));
  return folder;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** What somebody who opens the page may wait for, and what the machine may spend on it. */
const MARKS: readonly Mark[] = NAMES.flatMap((name): readonly Mark[] => [
  {
    id: "D1",
    title: `${name}, first overview of 1,000,000 jobs, in ms`,
    value: (median) => median(name, "first overview"),
    atMost: 1_000,
  },
  {
    id: "D2",
    title: `${name}, memory of the server with 1,000,000 jobs, in MB`,
    value: (median) => Math.max(median(name, "memory, overview"), median(name, "memory, all views")),
    atMost: 150,
  },
]);

/** `jobs dash` on 1,000,000 stored jobs with their history. No peer shows the same, so its marks are absolute. */
export const dashboardSuite: Suite = {
  name: "dashboard",
  title: "Dashboard",
  cases: NAMES.map(dashboard),
  marks: MARKS,
};
