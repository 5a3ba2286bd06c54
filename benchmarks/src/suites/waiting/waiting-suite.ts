import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { redis } from "@jobs/adapter-redis";
import { sqlite } from "@jobs/adapter-sqlite";
import type { Broker } from "@jobs/core/broker";
import { type BenchCase, byScale, type Figures, type Mark, type Suite } from "../../harness/bench-case.ts";
import { JOBS_BIN } from "../../load/jobs-bin.ts";
import { temporaryFolder } from "../../load/temporary-folder.ts";
import { MeasuredRedis } from "../redis/measured-redis.ts";
import app, { mail, resize } from "./app.js";

const APP = fileURLToPath(new URL("./app.js", import.meta.url));

const MILLION = 1_000_000;

const COMMANDS = {
  check: ["check", "--live"],
  count: ["stats", "--signatures"],
} as const;

/** Prints at its end how much memory and processor time the command took. */
const REPORT_USE = `data:text/javascript,${encodeURIComponent(`process.once("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  process.stderr.write("\\nused " + maxRSS + " " + (userCPUTime + systemCPUTime) + "\\n");
});`)}`;

async function fill(broker: Broker, count: number): Promise<void> {
  await using filled = app.with({ broker });
  for (let from = 0; from < count; from += 2_000) {
    const numbers = Array.from({ length: Math.min(2_000, count - from) }, (_, index) => from + index);
    const addr = { street: "Long Street", zip: "10115" };
    const results = await filled.enqueueMany(
      numbers.map((n) =>
        n % 10 === 0
          ? ([resize, { url: `https://example.com/picture/${n}.png`, width: n % 4_000 }] as const)
          : ([mail, { to: `user${n}@example.com`, subject: `Invoice number ${n}`, addr }] as const),
      ),
    );
    if (results.some(({ status }) => status === "refused")) throw new Error("a job was refused");
  }
}

function measure(command: keyof typeof COMMANDS, url: string): Figures {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "jobs.config.json"), JSON.stringify({ app: APP }));
  const args = ["--import", REPORT_USE, JOBS_BIN, ...COMMANDS[command], "--broker", url, "--timeout", "10m"];
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  const wallMs = performance.now() - startedAt;
  const [, maxRss, cpuUs] = /\nused (\d+) (\d+)\n/.exec(stderr) ?? [];
  if (status !== 0 || maxRss === undefined) throw new Error(`exit code ${status}.\n${stderr}`);
  return {
    [command]: wallMs,
    [`${command} CPU`]: Number(cpuUs) / 1_000,
    [`${command} memory`]: Number(maxRss) / 1_024,
  };
}

const UNITS = {
  check: "ms",
  "check CPU": "ms",
  "check memory": "MB",
  count: "ms",
  "count CPU": "ms",
  "count memory": "MB",
} as const;

const onSqlite: BenchCase = {
  name: "SQLite",
  units: UNITS,
  async run(scale) {
    const file = join(temporaryFolder(), "jobs.db");
    await fill(sqlite({ file }), byScale(scale, MILLION, MILLION / 100));
    return { ...measure("check", `sqlite:${file}`), ...measure("count", `sqlite:${file}`) };
  },
};

const onRedis: BenchCase = {
  name: "Redis",
  units: { ...UNITS, "check CPU of Redis": "ms", "count CPU of Redis": "ms" },
  async run(scale) {
    await using server = await MeasuredRedis.start("in memory");
    await fill(redis({ url: server.target }), byScale(scale, MILLION, MILLION / 100));
    const figures: Record<string, number> = {};
    for (const command of ["check", "count"] as const) {
      const before = await server.cpuMs();
      Object.assign(figures, measure(command, server.target));
      figures[`${command} CPU of Redis`] = (await server.cpuMs()) - before;
    }
    return figures;
  },
};

const CASES = [onSqlite, onRedis];

/** How long it takes to look at a million waiting jobs. */
export const waitingSuite: Suite = {
  name: "waiting",
  title: "A million waiting jobs",
  cases: CASES,
  marks: CASES.flatMap(({ name }): readonly Mark[] => [
    {
      id: "L1",
      title: `${name}: check --live, ms`,
      value: (median) => median(name, "check"),
      atMost: 10_000,
    },
    {
      id: "L2",
      title: `${name}: its memory, MB`,
      value: (median) => median(name, "check memory"),
      atMost: 200,
    },
  ]),
};
