import type { Logger } from "@jobs/core";
import { expect, it } from "vitest";
import { createLogger } from "./create-logger.ts";
import { logEvents } from "./log-events.ts";

/** What a log in JSON says of one line. */
async function logged(
  say: (logger: Logger) => void,
): Promise<{ readonly text: string; readonly ms: number }> {
  let text = "";
  const logger = await createLogger(
    { "log-format": "json", "log-level": "debug" },
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
      error: { name: long, message: long, stack: long },
      durationMs: 1,
      willRetry: true,
    });
    logger.warn({ reason: long, header: long }, long);
  });
  const fields = text
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => Object.values(JSON.parse(line)));
  expect(fields.length).toBeGreaterThan(10);
  for (const field of fields) expect(String(field).length).toBeLessThan(8_300);
});

it("F62: secrets in URLs are masked in texts of fields and of the line as in errors", async () => {
  const url = "redis://user:s3cret@h:6379/0?password=s3cret2";
  const { text } = await logged((logger) =>
    logger.warn({ message: `no ${url}`, err: new Error(url) }, `at ${url}`),
  );
  expect(text).not.toContain("s3cret");
  expect(text).toContain("redis://***@h:6379/0?password=***");
});
