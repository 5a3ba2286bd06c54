import { BrokerUnavailableError, type EnqueueItem, type EnqueueResult } from "@jobs/core";
import { describe, expect, it } from "vitest";
import type { ReadText } from "../input/read-text.ts";
import { parseLine } from "./parse-line.ts";
import { sendLines } from "./send-lines.ts";

const silent = { onRefused() {}, onSent() {} };
const sent: EnqueueResult = { status: "enqueued", id: "1", task: "t", queue: "q", broker: "b" };

const text = (line: string): ReadText => ({ status: "ok", text: line });

async function* lines(...texts: readonly string[]) {
  yield* texts.map(text);
}

describe("parseLine", () => {
  it("reads a job with its options", () => {
    const line = '{"task":"t","params":{"a":1},"queue":"q","delayMs":5,"priority":1,"id":"x"}';
    const item = ["t", { a: 1 }, { queue: "q", delayMs: 5, priority: 1, id: "x" }];
    expect(parseLine(text(line))).toEqual({ status: "ok", item });
    expect(parseLine(text('{"task":"t"}'))).toEqual({ status: "ok", item: ["t", {}, {}] });
  });

  it.each([
    ["{", "not JSON"],
    ["[]", "must be an object"],
    ["{}", "task is missing"],
    ['{"task":1}', "task must be a string"],
    ['{"task":"t","params":[]}', "params must be an object"],
    ['{"task":"t","parms":{}}', '"parms" is not a field of a line. Did you mean params?'],
    ['{"task":"t","__proto__":{}}', "poison"],
    ['{"task":"t","params":{"a":1,"a":2}}', "a key twice"],
    ['{"task":"t","params":{"a":9007199254740993}}', "a number that cannot be read exactly"],
  ])("refuses %s", (line, message) => {
    expect(parseLine(text(line))).toMatchObject({
      status: "refused",
      message: expect.stringContaining(message),
    });
  });
});

describe("sendLines", () => {
  it("sends the good lines and tells the bad ones by number", async () => {
    const items: (readonly EnqueueItem[])[] = [];
    const send = async (batch: readonly EnqueueItem[]) => {
      items.push(batch);
      return batch.map(() => sent);
    };
    const outcome = await sendLines(lines('{"task":"a"}', "", "bad", '{"task":"b"}'), send, silent);
    expect(outcome).toMatchObject({ accepted: 2, refused: [{ line: 3, code: "malformed_line" }] });
    expect(items.flat().map(([task]) => task)).toEqual(["a", "b"]);
  });

  it("tells all refused lines in the order of the file, whoever refused them", async () => {
    const error = new BrokerUnavailableError({ broker: "b" }, "gone", { retryable: false });
    const told: number[] = [];
    const outcome = await sendLines(
      lines('{"task":"a"}', "bad", '{"task":"b"}', "bad"),
      async (batch) => batch.map(() => ({ status: "refused", error })),
      { ...silent, onRefused: ({ line }) => told.push(line) },
    );
    expect(told).toEqual([1, 2, 3, 4]);
    expect(outcome.refused.map(({ line }) => line)).toEqual(told);
  });

  it("holds at most a thousand lines at a time", async () => {
    async function* many() {
      for (let line = 0; line < 2_500; line++) yield text('{"task":"t"}');
    }
    const sizes: number[] = [];
    const outcome = await sendLines(
      many(),
      async (batch) => {
        sizes.push(batch.length);
        return batch.map(() => sent);
      },
      silent,
    );
    expect(outcome.accepted).toBe(2_500);
    expect(sizes).toEqual([1_000, 1_000, 500]);
  });

  it("stops when the broker has gone, and tells where", async () => {
    const gone: EnqueueResult = {
      status: "refused",
      error: new BrokerUnavailableError({ broker: "b" }, "gone"),
    };
    const outcome = await sendLines(lines('{"task":"a"}', '{"task":"b"}'), async () => [sent, gone], silent);
    expect(outcome).toMatchObject({ accepted: 1, stoppedAt: 2 });
  });
});
