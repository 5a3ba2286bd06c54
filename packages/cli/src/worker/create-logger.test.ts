import type { Logger } from "@jobs/core";
import { expect, it } from "vitest";
import { createLogger } from "./create-logger.ts";
import { logEvents } from "./log-events.ts";

/** What a log says. */
async function logged(
  say: (logger: Logger) => void,
  format: "json" | "pretty" = "json",
): Promise<{ readonly text: string; readonly ms: number }> {
  let text = "";
  const logger = await createLogger(
    { "log-format": format, "log-level": "debug" },
    { write: (line) => (text += line) },
  );
  const startedAt = process.cpuUsage().user;
  say(logger);
  return { text, ms: (process.cpuUsage().user - startedAt) / 1_000 };
}

/** What made a search take time for each pair of characters, each of 200,000 characters or more. */
const LONG: readonly string[] = [
  "a.b-c+d".repeat(30_000),
  "A+".repeat(100_000),
  "redis://".repeat(30_000),
  "://".repeat(70_000),
  "://a@".repeat(50_000),
  "?a=b&".repeat(50_000),
  "${".repeat(100_000),
  "\n".repeat(200_000),
  "\u001b[31m".repeat(50_000),
];

it.each(LONG)(
  "an error whose message is long is logged within a second, at bounded length: %#",
  async (message) => {
    const { text, ms } = await logged((logger) =>
      logger.error({ err: new Error(message) }, "an unhandled rejection"),
    );
    expect(ms).toBeLessThan(1_000);
    expect(text.length).toBeLessThan(150_000);
  },
);

it("each field that comes from data is capped: task, queue, id, reason, error and the text of the line", async () => {
  const long = "x".repeat(100_000);
  const { text } = await logged((logger) => {
    const job = { id: long, task: long, queue: long, attempt: 1 };
    logEvents(logger)({
      type: "job.failed",
      at: 0,
      job,
      error: { name: long, message: long, stack: long, code: long },
      durationMs: 1,
      willRetry: true,
    });
    logger.warn({ reason: long, header: long }, long);
  });
  const fields = text
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => Object.values(JSON.parse(line)))
    .flatMap((field) => (typeof field === "object" ? Object.values(field as object) : [field]));
  expect(fields.length).toBeGreaterThan(10);
  for (const field of fields) expect(String(field).length).toBeLessThan(8_300);
});

it("secrets in URLs are masked in texts of fields and of the line as in errors [F62]", async () => {
  const url = "redis://user:s3cret@h:6379/0?password=s3cret2";
  const { text } = await logged((logger) =>
    logger.warn({ message: `no ${url}`, err: new Error(url) }, `at ${url}`),
  );
  expect(text).not.toContain("s3cret");
  expect(text).toContain("redis://***@h:6379/0?password=***");
});

it("texts of objects and arrays in fields are capped, masked and spelled out at any depth [F62]", async () => {
  const url = "redis://user:s3cret@h:6379/0?password=s3cret2";
  const inner = {
    url,
    "redis://u:s3cret@k": 1,
    list: [url, { deep: `\u001b[31m${url}` }],
    cause: new Error(url),
  };
  const { text } = await logged((logger) => logger.warn({ inner, list: [[url]] }, "nested"));
  expect(text).not.toContain("s3cret");
  expect(JSON.parse(text)).toMatchObject({
    inner: { url: "redis://***@h:6379/0?password=***", cause: { type: "Error" } },
    list: [["redis://***@h:6379/0?password=***"]],
  });
  expect(JSON.parse(text).inner.list[1].deep).toMatch(/^\\u001b/);
});

/** A list in a list in a list, and so on. */
function nested(depth: number): unknown {
  let value: unknown = ["bottom"];
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

const BOMBS: Readonly<Record<string, () => unknown>> = {
  "a long text": () => ({ text: "x".repeat(1_000_000) }),
  "many texts": () => Array.from({ length: 100_000 }, () => "x".repeat(100)),
  "many keys": () => Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`key${n}`, n])),
  "a long key": () => ({ ["k".repeat(1_000_000)]: 1 }),
  "great depth": () => nested(100_000),
  "a cycle": () => {
    const round: Record<string, unknown> = {};
    round.self = [round];
    return round;
  },
  "a buffer": () => Buffer.alloc(1_000_000),
  "a toJSON without end": () => {
    const round = { toJSON: () => round };
    return round;
  },
  "a getter that throws": () => ({
    get no() {
      throw new Error("no");
    },
  }),
};

it.each(Object.entries(BOMBS))(
  "a field that holds %s is logged within a second, at bounded length",
  async (_, make) => {
    const field = make();
    const { text, ms } = await logged((logger) => logger.warn({ field, id: "seen" }, "a bomb"));
    expect(ms).toBeLessThan(1_000);
    expect(text.length).toBeLessThan(60_000);
    expect(JSON.parse(text)).toMatchObject({ id: "seen", msg: "a bomb" });
  },
);

const STACK =
  "RangeError: first\nsecond\n    at work (file:///app/tasks.ts:3:9)\n    at next (file:///app/run.ts:4:1)";
const FAILED = { name: "RangeError", message: "first\nsecond", stack: STACK };
const JOB = { id: "1", task: "t", queue: "q", attempt: 1 };

/** Each way in which an error comes into the log of a worker. */
const ERRORS: Readonly<Record<string, (logger: Logger) => void>> = {
  "job.failed": (logger) =>
    logEvents(logger)({
      type: "job.failed",
      at: 0,
      job: JOB,
      error: FAILED,
      durationMs: 1,
      willRetry: true,
    }),
  "job.dead": (logger) =>
    logEvents(logger)({ type: "job.dead", at: 0, job: JOB, error: FAILED, reason: "exhausted" }),
  "an uncaught error": (logger) =>
    logger.error({ err: Object.assign(new RangeError("first\nsecond"), { stack: STACK }) }, "uncaught"),
};

it.each(Object.entries(ERRORS))(
  "%s has the error's name as type, and a stack whose line ends are escaped once in JSON",
  async (_, say) => {
    const { text } = await logged(say);
    expect(text.trim().split("\n")).toHaveLength(1);
    expect(text).toContain("second\\n    at work");
    expect(JSON.parse(text).err).toEqual({ type: "RangeError", message: "first\nsecond", stack: STACK });
  },
);

it.each(Object.entries(ERRORS))(
  "%s has one readable line for each frame in the pretty format",
  async (_, say) => {
    const { text } = await logged(say, "pretty");
    const lines = text.split("\n").map((line) => line.trim());
    expect(lines).toContain("at work (file:///app/tasks.ts:3:9)");
    expect(lines).toContain("at next (file:///app/run.ts:4:1)");
  },
);

it("the type of an error is the name of its class, also where the class sets none", async () => {
  class PaymentError extends RangeError {}
  class Named extends Error {
    override name = "payment";
  }
  const { text } = await logged((logger) => {
    for (const err of [new PaymentError("no"), new Named("no"), new TypeError("no")])
      logger.error({ err }, "failed");
  });
  const types = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).err.type);
  expect(types).toEqual(["PaymentError", "payment", "TypeError"]);
});
