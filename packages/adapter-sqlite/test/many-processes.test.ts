import { startStopwatch } from "@jobs/core/testing";
import { describe, expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { allLines, type Child, nextLine, startChild } from "./child-process.ts";
import { temporaryFile, withConnection } from "./temporary-file.ts";

const message = (id: string) => ({ id, label: "test", body: JSON.stringify({ id }) });
const messages = (count: number) => Array.from({ length: count }, (_, index) => message(`job-${index}`));

describe("several processes on one file", () => {
  it("four processes claim 20,000 messages, none of them twice, none left [F11]", async () => {
    const file = temporaryFile();
    const broker = sqlite({ file });
    const queue = await broker.openQueue("work");
    for (let start = 0; start < 20_000; start += 2_000) {
      await queue.send(messages(20_000).slice(start, start + 2_000));
    }
    const children = Array.from({ length: 4 }, () => startChild("claim", { file, max: 50 }));
    for (const child of children) expect(await nextLine(child)).toBe("open");
    for (const child of children) child.process.stdin.write("go");
    const claimed = await Promise.all(children.map(allLines));
    expect(claimed.flat()).toHaveLength(20_000);
    expect(new Set(claimed.flat()).size).toBe(20_000);
    const { ready, leased } = await queue.stats();
    expect([ready.n, leased.n]).toEqual([0, 0]);
    await broker.close();
  });

  it("kill -9 while writing leaves a sound file with every message that was acknowledged [F01]", async () => {
    const file = temporaryFile();
    const acknowledged: string[] = [];
    for (let round = 0; round < 4; round++) {
      const writers = ["a", "b"].map((name) =>
        startChild("send-until-killed", { file, name: `${name}${round}` }),
      );
      acknowledged.push(
        ...(await Promise.all(writers.map((writer) => killAfter(writer, 100 + 50 * round)))).flat(),
      );
    }
    const stored = await withConnection(file, (connection) => {
      expect(connection.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
      return connection
        .prepare("SELECT id FROM messages")
        .all()
        .map((row) => (row as { id: string }).id);
    });
    expect(acknowledged.length).toBeGreaterThan(1_000);
    expect(new Set(stored).size).toBe(stored.length);
    const storedIds = new Set(stored);
    expect(acknowledged.filter((id) => !storedIds.has(id))).toEqual([]);
    const broker = sqlite({ file });
    expect((await (await broker.openQueue("work")).stats()).ready.n).toBe(stored.length);
    await broker.close();
  });

  it("wakes a receive that waits in another process", async () => {
    const file = temporaryFile();
    const broker = sqlite({ file });
    const queue = await broker.openQueue("work");
    const child = startChild("wait", { file, waitMs: 10_000 });
    expect(await nextLine(child)).toBe("waiting");
    await queue.send([message("wake-up")]);
    const answer = JSON.parse(await nextLine(child));
    expect(answer.ids).toEqual(["wake-up"]);
    expect(answer.ms).toBeLessThan(5_000);
    await child.done;
    await broker.close();
  });

  it("waits without blocking while another program holds the file for 3 s; no caller sees SQLITE_BUSY [F40]", async () => {
    const file = temporaryFile();
    const broker = sqlite({ file });
    const queue = await broker.openQueue("work");
    const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
    const holder = startChild("hold-lock", { file, forMs: 3_000 });
    expect(await nextLine(holder)).toBe("locked");
    let turns = 0;
    const counter = setInterval(() => turns++, 10);
    const sends = Array.from({ length: 8 }, (_, index) => queue.send([message(`job-${index}`)]));
    const aborting = new AbortController();
    const receiving = consumer.receive({ max: 1, waitMs: 60_000, signal: aborting.signal });
    const sinceAbortMs = startStopwatch();
    aborting.abort();
    expect(await receiving).toEqual([]);
    expect(sinceAbortMs()).toBeLessThan(1_000);
    for (const results of await Promise.all(sends)) expect(results).toMatchObject([{ status: "sent" }]);
    clearInterval(counter);
    expect(turns).toBeGreaterThan(100);
    await holder.done;
    await broker.close();
  });

  it("gives up after 5 s with an error that says so and may be retried [F40]", async () => {
    const file = temporaryFile();
    const broker = sqlite({ file });
    const queue = await broker.openQueue("work");
    const holder = startChild("hold-lock", { file, forMs: 7_000 });
    expect(await nextLine(holder)).toBe("locked");
    const elapsedMs = startStopwatch();
    const sends = [queue.send([message("first")]), queue.send([message("second")])];
    for (const send of sends) {
      await expect(send).rejects.toMatchObject({
        code: "broker_unavailable",
        retryable: true,
        message: expect.stringContaining("kept the file locked"),
      });
    }
    expect(elapsedMs()).toBeLessThan(6_000);
    await holder.done;
    expect(await queue.send([message("first")])).toMatchObject([{ status: "sent" }]);
    await broker.close();
  });
});

async function killAfter(writer: Child, count: number): Promise<readonly string[]> {
  const lines: string[] = [];
  while (lines.length < count) lines.push(await nextLine(writer));
  writer.process.kill("SIGKILL");
  lines.push(...(await allLines(writer)));
  return lines;
}
