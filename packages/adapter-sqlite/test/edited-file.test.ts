import { createVirtualClock } from "@jobs/core/testing";
import { describe, expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { temporaryFile, withConnection } from "./temporary-file.ts";

const never = new AbortController().signal;
const message = (id: string, body = JSON.stringify({ id })) => ({ id, label: "test", body });

describe("rows that somebody has edited", () => {
  it("a body that is no UTF-8 is delivered as far as it can be read, and buried with its bytes kept [F50]", async () => {
    const file = temporaryFile();
    const broker = sqlite({ file });
    const queue = await broker.openQueue("work");
    const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
    await queue.send([message("broken"), message("sound")]);
    await withConnection(file, (connection) =>
      connection.exec("UPDATE messages SET body = CAST(x'ff41fe' AS TEXT) WHERE id = 'broken'"),
    );
    const [broken, sound] = await consumer.receive({ max: 2, waitMs: 0, signal: never });
    expect(sound?.body).toBe(message("sound").body);
    await consumer.settle([{ delivery: broken!, action: "dead", reason: "undecodable" }]);
    const bytes = await withConnection(file, (connection) =>
      connection.prepare("SELECT hex(body) AS bytes FROM messages WHERE dead_reason = 'undecodable'").get(),
    );
    expect(bytes).toEqual({ bytes: "FF41FE" });
    expect((await queue.peek({ state: "dead", limit: 1 })).messages).toMatchObject([{ messageId: "broken" }]);
    await broker.close();
  });

  it.each(["NULL", "x'00ff'", "'text'"])(
    "the file itself refuses %s where a number or a text belongs",
    async (value) => {
      const file = temporaryFile();
      const broker = sqlite({ file });
      await (await broker.openQueue("work")).send([message("job")]);
      const column = value === "'text'" ? "deliveries" : "body";
      const edit = withConnection(file, (connection) =>
        connection.exec(`UPDATE messages SET ${column} = ${value}`),
      );
      await expect(edit).rejects.toThrow(/NOT NULL constraint|cannot store/);
      await broker.close();
    },
  );

  it.each([
    ["NUL", "a\0b"],
    ["half a surrogate pair", "a\ud83db"],
  ])("a body with %s, which the file would change, is refused by the sender [F50]", async (_, body) => {
    const broker = sqlite({ file: temporaryFile() });
    const queue = await broker.openQueue("work");
    expect(await queue.send([message("bad", body), message("good", "😀")])).toMatchObject([
      { status: "failed", error: { code: "malformed_message" } },
      { status: "sent" },
    ]);
    await broker.close();
  });
});

describe("counts", () => {
  it("are those of the rows, whatever was done and however much fell due at once", async () => {
    const file = temporaryFile();
    const clock = createVirtualClock();
    const broker = sqlite({ file, clock, synchronous: "normal" });
    const queue = await broker.openQueue("work");
    const consumer = await broker.openConsumer("work", { leaseMs: 1_000 });
    const delayed = Array.from({ length: 2_500 }, (_, index) => ({
      ...message(`late-${index}`),
      delayMs: 10,
    }));
    await queue.send([...delayed, ...Array.from({ length: 30 }, (_, index) => message(`job-${index}`))]);
    const held = await consumer.receive({ max: 20, waitMs: 0, signal: never });
    const actions = [
      { action: "ack" },
      { action: "release" },
      { action: "dead", reason: "fatal" },
      { action: "retry", delayMs: 500, failed: true },
      { action: "retry", delayMs: 0, failed: false },
    ] as const;
    await consumer.settle(actions.map((action, index) => ({ delivery: held[index]!, ...action })));
    await clock.advance(10);
    const due = await queue.stats();
    await queue.peek({ state: "ready", limit: 1 });
    const broughtUpToDate = await queue.stats();
    expect(broughtUpToDate).toEqual(due);
    expect(due).toMatchObject({ ready: { n: 2_512 }, delayed: { n: 1 }, leased: { n: 15 }, dead: { n: 1 } });
    const rows = await withConnection(file, (connection) =>
      connection.prepare("SELECT state, count(*) AS n FROM messages GROUP BY state ORDER BY state").all(),
    );
    expect(rows).toEqual([
      { state: 0, n: 2_512 },
      { state: 1, n: 1 },
      { state: 2, n: 15 },
      { state: 3, n: 1 },
    ]);
    await broker.close();
  });
});
