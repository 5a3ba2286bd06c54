import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("thrown-values.mjs", import.meta.url));

test.each([
  { how: "exception", cause: "uncaught_exception" },
  { how: "rejection", cause: "drained" },
])(
  "an uncaught $how of any value fails its own job, and the innocent job runs once",
  async ({ how, cause }) => {
    const child = spawn(process.execPath, [SCRIPT, how], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
    expect(code).toBe(0);
    expect(JSON.parse(printed)).toEqual({
      cause,
      succeeded: 1,
      goodRuns: 1,
      missing: 0,
      reasons: ["uncaught"],
      unreadable: 0,
      longest: expect.toSatisfy((length: number) => length < 20_000),
    });
  },
);
