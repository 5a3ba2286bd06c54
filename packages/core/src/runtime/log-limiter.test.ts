import { expect, it } from "vitest";
import { limitLogger } from "./log-limiter.ts";
import type { LogFields, Logger } from "./logger.ts";
import { createVirtualClock } from "./virtual-clock.ts";

function setUp() {
  const lines: string[] = [];
  const write = (level: string) => (fields: LogFields, message: string) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const logger: Logger = {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
  const clock = createVirtualClock();
  return { lines, clock, limited: limitLogger(logger, clock) };
}

it("a line is said at once, then counted, and said again after 30 s with its count and last fields", async () => {
  const { lines, clock, limited } = setUp();
  for (let job = 1; job <= 100; job++) limited.warn({ job }, "away");
  limited.error({ job: 0 }, "away");
  expect(lines).toEqual(['warn away {"job":1}', 'error away {"job":0}']);
  await clock.advance(30_000);
  expect(lines.slice(2)).toEqual(['warn away {"job":100,"repeated":99}']);
});

it("a trouble that lasts is said once every 30 s; after 30 s without it the next line comes at once", async () => {
  const { lines, clock, limited } = setUp();
  for (let second = 0; second < 90; second++) {
    limited.warn({}, "away");
    await clock.advance(1_000);
  }
  expect(lines).toHaveLength(4);
  await clock.advance(60_000);
  const before = lines.length;
  limited.warn({ job: 7 }, "away");
  expect(lines.slice(before)).toEqual(['warn away {"job":7}']);
});

it("what was counted is said when it is flushed, once", () => {
  const { lines, limited } = setUp();
  limited.warn({}, "away");
  limited.warn({}, "away");
  limited.flush();
  limited.flush();
  expect(lines).toEqual(["warn away {}", 'warn away {"repeated":1}']);
});
