import { expect, it, onTestFinished } from "vitest";
import { temporaryFile } from "../../test/temporary-file.ts";
import { loadDriver } from "../driver/sqlite-driver.ts";
import { OpenedFiles } from "./database-files.ts";
import { LogSync } from "./log-sync.ts";
import { openConnection } from "./open-connection.ts";

/** A disk whose answers are given by hand. The first wait is slow, so the later ones are in a thread. */
function slowDisk() {
  const path = temporaryFile();
  const connection = openConnection(loadDriver(), path);
  const waits: ((error: Error | null) => void)[] = [];
  let clock = 0;
  const pass = (ms: number) => {
    clock += ms;
  };
  const log = LogSync.open(path, new OpenedFiles(path), {
    now: () => pass(2),
    monotonic: () => clock,
    inThread: (_, done) => void waits.push(done),
  }) as LogSync;
  onTestFinished(() => {
    log.close();
    connection.close();
  });
  expect(log.flush()).toBeUndefined();
  const answer = (error: Error | null = null) => waits.shift()?.(error);
  return { log, waits, answer, pass };
}

it("waits in a thread when the disk was slow; calls meanwhile share the next wait", async () => {
  const { log, waits, answer } = slowDisk();
  const order: string[] = [];
  const flush = (name: string) => log.flush()?.then(() => order.push(name));
  const all = [flush("first"), flush("second"), flush("third")];
  expect(waits).toHaveLength(1);
  answer();
  await all[0];
  await expect.poll(() => waits.length).toBe(1);
  expect(order).toEqual(["first"]);
  answer();
  await Promise.all(all);
  expect(order).toEqual(["first", "second", "third"]);
});

it("refuses all that was committed behind the part of the log that the disk refused", async () => {
  const { log, waits, answer } = slowDisk();
  const refusal = { code: "broker_unavailable", maybeSent: true, retryable: true };
  const [first, second] = [log.flush(), log.flush()];
  second?.catch(() => {});
  answer(new Error("EIO: i/o error, fdatasync"));
  await expect(first).rejects.toMatchObject(refusal);
  await expect(second).rejects.toMatchObject(refusal);
  expect(waits).toHaveLength(0);
  expect(log.hasFailed).toBe(true);
  log.forgetFailure();
  const third = log.flush();
  answer();
  await third;
  expect(log.hasFailed).toBe(false);
});

it("closes after the last wait, and leaves a log alone that is not the connection's", async () => {
  const { log, waits, answer } = slowDisk();
  const last = log.flush();
  log.close();
  answer();
  await last;
  expect(waits).toEqual([]);
  const path = temporaryFile();
  openConnection(loadDriver(), path).close();
  expect(LogSync.open(path, new OpenedFiles(path))).toBeUndefined();
});

/** Commits that nobody waits for. */
function commitAlone(log: LogSync, count: number): void {
  for (let n = 0; n < count; n++) log.flushBehind();
}

it("brings many commits that nobody waits for to the disk in a thread, one wait at a time, with rests", () => {
  const { log, waits, answer, pass } = slowDisk();
  commitAlone(log, 15);
  expect(waits).toHaveLength(0);
  commitAlone(log, 1);
  expect(waits).toHaveLength(1);
  pass(15);
  commitAlone(log, 100);
  expect(waits).toHaveLength(1);
  answer();
  commitAlone(log, 1);
  expect(waits).toHaveLength(1);
  answer();
  pass(14);
  commitAlone(log, 100);
  expect(waits).toHaveLength(0);
  pass(1);
  commitAlone(log, 1);
  expect(waits).toHaveLength(1);
});

it("counts a part of the log that the disk refused to a thread alone, also against the sends behind it", async () => {
  const { log, waits, answer } = slowDisk();
  commitAlone(log, 16);
  const behind = log.flush();
  expect(waits).toHaveLength(1);
  answer(new Error("EIO: i/o error, fdatasync"));
  await expect(behind).rejects.toMatchObject({ code: "broker_unavailable", maybeSent: true });
  expect(waits).toHaveLength(0);
  expect(log.hasFailed).toBe(true);
});
