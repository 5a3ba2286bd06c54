import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { memory } from "@jobs/adapter-memory";
import { sqlite } from "@jobs/adapter-sqlite";
import { createApp, defineTask, handle } from "@jobs/core";
import { createVirtualClock } from "@jobs/core/testing";
import { expect, it, onTestFinished, vi } from "vitest";
import Enqueue from "../src/commands/enqueue.ts";
import type { Output } from "../src/output/output.ts";
import { createSqsProject, provision } from "./commands/sqs-project.ts";
import { createProject } from "./project.ts";
import { filesThatRun } from "./trace-calls.ts";

const PAGE = "docs/internals.md";
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

interface Entry {
  readonly path: string;
  /** Reached through an interface, which the page names. */
  readonly isBehind: boolean;
}

/** The list under a heading, in order. */
function listUnder(heading: string): readonly Entry[] {
  const page = readFileSync(join(ROOT, PAGE), "utf8");
  const [, rest = ""] = page.split(`### ${heading}\n`);
  const [section = ""] = rest.split("\n#");
  const lines = section.matchAll(/^\d+\. \[[^\]]*\]\(\.\.\/([^)]+)\): (behind `)?/gm);
  return [...lines].map(([, path = "", behind]) => ({ path, isBehind: behind !== undefined }));
}

const packageOf = ({ path }: Entry) => path.split("/", 2).join("/");

/** Whether one of these files names another in an import. */
function isReached({ path }: Entry, entries: readonly Entry[]): boolean {
  const written = `/${basename(path)}"`;
  const others = entries.filter((one) => one.path !== path);
  return others.some((one) => readFileSync(join(ROOT, one.path), "utf8").includes(written));
}

const SQLITE = { heading: "From `app.enqueue` to a row of SQLite", most: 15 };
const SETTLED = { heading: "From a receive to its settlement", most: 25 };
const SQS = { heading: "From `jobs enqueue` to a request to SQS", most: 25 };

it.each([SQLITE, SETTLED, SQS])(
  "$heading takes at most $most files, and each is imported by another or behind an interface",
  ({ heading, most }) => {
    const entries = listUnder(heading);
    expect(entries.length).toBeGreaterThan(10);
    expect(entries.length).toBeLessThanOrEqual(most);
    expect(entries.filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([]);
    const unreached = entries.filter((entry, index) => {
      const before = entries[index - 1];
      const isFirst = before === undefined || packageOf(before) !== packageOf(entry);
      return !isFirst && !entry.isBehind && !isReached(entry, entries);
    });
    expect(unreached).toEqual([]);
  },
);

/** Not on the way of a job: they answer a question about one value or one name, or keep time. */
const ASKED = [
  "core/src/app/advice-in-tests.ts",
  "core/src/app/app-state.ts",
  "core/src/broker/check-answers.ts",
  "core/src/broker/queue-name.ts",
  "core/src/broker/settlement.ts",
  "core/src/config/",
  // What an envelope shares with the last one; decode.ts finds the same without it.
  "core/src/envelope/shared-text.ts",
  "core/src/errors/",
  "core/src/job/lifecycle.ts",
  "core/src/json/scan-json-text.ts",
  "core/src/options/",
  "core/src/runtime/",
  "core/src/task/create-task-registry.ts",
  "core/src/task/param-words.ts",
  // Announces the app beside its first job.
  "core/src/worker/presence/announce-signatures.ts",
];

/** The same in an adapter. */
const ASKED_OF_SQLITE = [
  "adapter-sqlite/src/storage/bounded.ts",
  "adapter-sqlite/src/storage/database-files.ts",
  // Asked whether the body is large.
  "adapter-sqlite/src/storage/large-bodies.ts",
  // Asked whether the disk has refused a part of the log.
  "adapter-sqlite/src/storage/log-sync.ts",
  "adapter-sqlite/src/storage/reserve-file.ts",
  "adapter-sqlite/src/storage/wake-ups.ts",
];

it(`lists every file that runs: ${SQLITE.heading}`, async () => {
  using project = createProject();
  const task = defineTask("add", ["a", "b"]);
  // During a wait for the disk, which comes after the commit, other parts of the app would run.
  const broker = sqlite({ file: join(project.folder, "queue.db"), synchronous: "normal" });
  await using app = createApp({ tasks: [task], broker });
  await app.enqueue(task, { a: 1, b: 2 });
  const ran = await filesThatRun(() => app.enqueue(task, { a: 1, b: 3 }));
  expectListed(SQLITE.heading, ran, [...ASKED, ...ASKED_OF_SQLITE]);
});

/** What a worker asks while a job passes. */
const ASKED_OF_WORKER = [
  "core/src/coordination/",
  "core/src/flow/continue-flow.ts",
  "core/src/job/enqueue.ts",
  "core/src/retry/backoff.ts",
  "core/src/schedule/tick-job.ts",
  "core/src/worker/create-worker.ts",
  "core/src/worker/limits/slots.ts",
  "core/src/worker/presence/cancel-and-pause.ts",
  "core/src/worker/presence/heartbeat.ts",
  "core/src/worker/stop/stop-condition.ts",
  "core/src/worker/worker-report.ts",
];

it(`lists every file that runs: ${SETTLED.heading}`, async () => {
  const clock = createVirtualClock();
  const add = defineTask("add", ["a", "b"]);
  const failing = defineTask("failing", ["a"]);
  await using app = createApp({
    tasks: [add, failing],
    handlers: [
      handle(add, () => 3),
      handle(failing, () => {
        throw new Error("as asked");
      }),
    ],
    broker: memory({ clock }),
    runtime: { clock },
  });
  const worker = app.worker({ ownsProcess: false });
  const report = worker.run();
  onTestFinished(async () => {
    const stopped = worker.force();
    await clock.advance(10_000);
    await stopped;
    await report;
  });
  const enqueueLater = async () => {
    await Promise.all([
      app.enqueue(add, { a: 1, b: 2 }, { delayMs: 1_000 }),
      app.enqueue(failing, { a: 1 }, { delayMs: 1_000 }),
    ]);
    await clock.settle();
  };
  await enqueueLater();
  await clock.advance(1_100);
  await enqueueLater();
  const before = worker.settled;
  const ran = await filesThatRun(() => clock.advance(1_100));
  expect(worker.settled).toBeGreaterThanOrEqual(before + 2);
  expectListed(SETTLED.heading, ran, [...ASKED, ...ASKED_OF_WORKER, "adapter-memory/"]);
});

/** What happens once, when the command opens the app, and what it prints. */
const ONCE = [
  "adapter-sqs/src/adapter.ts",
  "adapter-sqs/src/capabilities.ts",
  "adapter-sqs/src/client/client-options.ts",
  "adapter-sqs/src/lambda/invocation.ts",
  "adapter-sqs/src/queue/queue-attributes.ts",
  "adapter-sqs/src/queue/queue-name.ts",
  "adapter-sqs/src/queue/queue-registry.ts",
  "adapter-sqs/src/receive/dedupe-cache.ts",
  "adapter-sqs/src/sqs.ts",
  "cli/src/output/",
  "cli/src/project/",
  "core/src/app/",
  "core/src/broker/broker-validator.ts",
  "core/src/broker/check-form.ts",
  "core/src/coordination/",
  "core/src/job/",
  "core/src/retry/backoff.ts",
  "core/src/schedule/",
  "core/src/task/",
];

/** Questions about one value, and the way of the answer. */
const ASKED_OF_COMMAND = [
  "adapter-sqs/src/batch/entry-answer.ts",
  "adapter-sqs/src/client/check-answer.ts",
  "adapter-sqs/src/client/request-counter.ts",
  "adapter-sqs/src/message/attributes.ts",
  "cli/src/enqueue/wait-for-results.ts",
  "cli/src/input/",
  "cli/src/params/read-source.ts",
  "cli/src/params/type-value.ts",
  "cli/src/queues/selected-queues.ts",
];

const SILENT: Output = { isJson: false, isTerminal: false, line() {}, json() {}, note() {}, raw() {} };

it(`lists every file that runs: ${SQS.heading}`, async () => {
  await using at = await createSqsProject();
  await provision(at.sqs, "default");
  const cwd = process.cwd();
  process.chdir(at.project.folder);
  for (const [name, value] of Object.entries(at.env)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    process.chdir(cwd);
  });
  const enqueue = (app: string) => new Enqueue(["my_task", "a=1", "b=2", "--app", app], SILENT).execute();
  // A process opens the app of a module once.
  copyFileSync("app.mjs", "other-app.mjs");
  await enqueue("other-app.mjs");
  const ran = await filesThatRun(() => enqueue("app.mjs"));
  expectListed(SQS.heading, ran, [...ASKED, ...ONCE, ...ASKED_OF_COMMAND]);
});

/** Fails for a file that ran and is neither in the list nor left out, and for one in the list that did not run. */
function expectListed(heading: string, ran: ReadonlySet<string>, leftOut: readonly string[]): void {
  const listed = new Set(listUnder(heading).map(({ path }) => path));
  const isLeftOut = (path: string) => leftOut.some((start) => path.startsWith(`packages/${start}`));
  const missing = [...ran].filter((path) => !listed.has(path) && !isLeftOut(path));
  const idle = [...listed].filter((path) => !ran.has(path));
  expect({ missing, idle }).toEqual({ missing: [], idle: [] });
}
