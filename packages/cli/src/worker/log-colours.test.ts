import { afterEach, expect, test, vi } from "vitest";
import { createLogger } from "./create-logger.ts";

afterEach(() => void vi.unstubAllEnvs());

/** What a warning looks like on such a target. */
async function written(isTTY: boolean): Promise<string> {
  const lines: string[] = [];
  const logger = await createLogger({}, { isTTY, write: (line: string) => lines.push(line) });
  logger.warn({ job: "j1" }, "careful");
  return lines.join("");
}

test("a terminal gets readable lines in colour [T24]", async () => {
  vi.stubEnv("NO_COLOR", undefined);
  const text = await written(true);
  expect(text).toContain("\u001b[");
  expect(() => JSON.parse(text)).toThrow();
});

test("with NO_COLOR a terminal gets readable lines without colour [T24]", async () => {
  vi.stubEnv("NO_COLOR", "1");
  const text = await written(true);
  expect(text).toContain("careful");
  expect(text).not.toContain("\u001b[");
  expect(() => JSON.parse(text)).toThrow();
});

test("what is no terminal gets JSON without colour [T24]", async () => {
  vi.stubEnv("NO_COLOR", undefined);
  const text = await written(false);
  expect(text).not.toContain("\u001b[");
  expect(JSON.parse(text)).toMatchObject({ msg: "careful", job: "j1" });
});
