import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import type { WorkerReport } from "../../src/index.ts";

interface Line {
  readonly type?: string;
  readonly task?: string;
  readonly reason?: string;
  readonly isOfJob?: boolean;
  readonly message?: string;
  readonly report?: WorkerReport;
}

/** A worker process, with what it has printed and a way to wait for the next thing it prints. */
function startWorker(until: "drained" | "stopped", ...tasks: string[]) {
  const script = fileURLToPath(new URL("worker.mjs", import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, until, ...tasks], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (text) => {
    lines.push(JSON.parse(text) as Line);
    for (const look of waiting) look();
  });
  const seen = (matches: (line: Line) => boolean) =>
    new Promise<Line>((resolve) => {
      const look = () => {
        const line = lines.find(matches);
        if (line === undefined) return;
        waiting.delete(look);
        resolve(line);
      };
      waiting.add(look);
      look();
    });
  const report = async () => {
    const [line, [code]] = await Promise.all([seen((one) => one.report !== undefined), once(child, "exit")]);
    return { code: code as number, report: line.report as WorkerReport };
  };
  return { child, lines, seen, report };
}

const endOf = (lines: readonly Line[], task: string) =>
  lines.find((line) => line.task === task && (line.type === "job.succeeded" || line.type === "job.dead"));

const uncaughtIn = (lines: readonly Line[]) => lines.filter(({ type }) => type === "worker.uncaught");

describe("a worker that owns its process", () => {
  test("SIGTERM during a 2 s job: the job is done once and the process ends by itself [W24]", async () => {
    const { child, seen, report, lines } = startWorker("stopped", "sleep");
    await seen(({ type }) => type === "job.started");
    child.kill("SIGTERM");
    expect(await report()).toMatchObject({
      code: 0,
      report: { cause: "SIGTERM", succeeded: 1, released: 0 },
    });
    expect(lines.filter(({ type }) => type === "job.started")).toHaveLength(1);
  });

  test("SIGHUP of a closed terminal drains as SIGTERM does [W24]", async () => {
    const { child, seen, report } = startWorker("stopped", "sleep");
    await seen(({ type }) => type === "job.started");
    child.kill("SIGHUP");
    expect(await report()).toMatchObject({ code: 0, report: { cause: "SIGHUP", succeeded: 1, released: 0 } });
  });

  test("a second signal within a second is the same one; the job is still finished [F04]", async () => {
    const { child, seen, report } = startWorker("stopped", "sleep");
    await seen(({ type }) => type === "job.started");
    child.kill("SIGINT");
    await seen(({ type }) => type === "worker.draining");
    child.kill("SIGINT");
    expect(await report()).toMatchObject({ report: { cause: "SIGINT", succeeded: 1 } });
  });

  test("a later second signal forces: the job is released and the process ends at once [F04 W25]", async () => {
    const { child, seen, report } = startWorker("stopped", "hang");
    await seen(({ type }) => type === "job.started");
    child.kill("SIGTERM");
    await seen(({ type }) => type === "worker.draining");
    // Longer than the second in which a signal counts as a repetition. A busy machine only makes it later.
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    child.kill("SIGTERM");
    expect(await report()).toMatchObject({ report: { cause: "forced", released: 1 } });
  });

  test("a floating rejection fails its own job as uncaught; the others succeed and the worker goes on [F38]", async () => {
    const { lines, report } = startWorker("drained", "floating", "good", "good");
    expect(await report()).toMatchObject({ report: { cause: "drained", succeeded: 2, dead: 1 } });
    expect(endOf(lines, "floating")).toMatchObject({ type: "job.dead", reason: "uncaught" });
    expect(uncaughtIn(lines)).toMatchObject([{ isOfJob: true, message: "left behind" }]);
  });

  test("an exception in a timer fails its own job; the others finish, then the worker ends [F38]", async () => {
    const { lines, report } = startWorker("stopped", "timer", "good", "sleep");
    expect(await report()).toMatchObject({ report: { cause: "uncaught_exception", succeeded: 2, dead: 1 } });
    expect(endOf(lines, "timer")).toMatchObject({ type: "job.dead", reason: "uncaught" });
    expect(uncaughtIn(lines)).toMatchObject([{ isOfJob: true, message: "in a timer" }]);
  });

  test("what a finished job left behind does not undo its success [F38]", async () => {
    const { lines, report } = startWorker("drained", "late", "sleep");
    expect(await report()).toMatchObject({ report: { cause: "drained", succeeded: 2, dead: 0 } });
    expect(endOf(lines, "late")).toMatchObject({ type: "job.succeeded" });
  });
});
