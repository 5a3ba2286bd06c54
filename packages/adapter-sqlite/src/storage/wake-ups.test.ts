import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { temporaryFile, withConnection } from "../../test/temporary-file.ts";
import { SqliteFile } from "./sqlite-file.ts";
import { POLL_MS, TOLD_POLL_MS, WakeUps } from "./wake-ups.ts";

async function openWakeUps() {
  const path = temporaryFile();
  const file = new SqliteFile(path, { synchronous: "normal" });
  await file.create();
  return { path, file, wakeUps: file.wakeUps };
}

it("a call between two rests is not lost", async () => {
  const { file, wakeUps } = await openWakeUps();
  const listener = wakeUps.listen("work");
  wakeUps.notify("work");
  await listener.rest();
  listener.leave();
  file.close();
});

it("wakes those who wait on the queue that changed, and no others", async () => {
  const { file, wakeUps } = await openWakeUps();
  const [work, mail] = [wakeUps.listen("work"), wakeUps.listen("mail")];
  await Promise.race([work.rest(), mail.rest()]);
  const woken: string[] = [];
  const rests = [work.rest().then(() => woken.push("work")), mail.rest().then(() => woken.push("mail"))];
  wakeUps.notify("mail");
  await rests[1];
  expect(woken).toEqual(["mail"]);
  wakeUps.notifyAll();
  await Promise.all(rests);
  work.leave();
  mail.leave();
  file.close();
});

it("wakes everyone when another connection has written", async () => {
  const { path, file, wakeUps } = await openWakeUps();
  const listener = wakeUps.listen("work");
  // The first check of the file is a call too, since earlier writes are unknown.
  await listener.rest();
  const rest = listener.rest();
  await withConnection(path, (connection) => connection.exec("INSERT INTO queues (name) VALUES ('other')"));
  await rest;
  listener.leave();
  file.close();
});

describe("how often the file is asked", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  function listenTo(logPath: string) {
    let asked = 0;
    let version = 1;
    const dataVersion = () => {
      asked++;
      return version;
    };
    const listener = new WakeUps({ logPath, dataVersion }).listen("work");
    const commit = () => void version++;
    /** How often the file was checked in a time. */
    const looksWithin = async (ms: number) => {
      const before = asked;
      await vi.advanceTimersByTimeAsync(ms);
      return asked - before;
    };
    /** Waits until the system has reported a write. */
    const untilTold = async () => {
      while (asked === 0) await new Promise((resolve) => setImmediate(resolve));
      await vi.advanceTimersByTimeAsync(1_000);
    };
    return { listener, commit, looksWithin, untilTold };
  }

  it("is short where the system tells nothing of writes", async () => {
    const { listener, looksWithin } = listenTo("/nowhere/jobs.db-wal");
    expect(await looksWithin(POLL_MS * 25)).toBe(25);
    listener.leave();
    expect(await looksWithin(POLL_MS * 25)).toBe(0);
  });

  it("is long where the system tells, which is tried out, and short again after it has missed a write", async () => {
    const path = temporaryFile();
    writeFileSync(path, "");
    const { listener, commit, looksWithin, untilTold } = listenTo(path);
    await untilTold();
    expect(await looksWithin(TOLD_POLL_MS * 4)).toBe(4);
    commit();
    await looksWithin(TOLD_POLL_MS);
    expect(await looksWithin(POLL_MS * 25)).toBe(25);
    listener.leave();
  });
});
