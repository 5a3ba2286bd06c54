import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("many-workers.mjs", import.meta.url));

test("twelve workers in one process share its listeners: no warning, one line of an error, one stop for all", async () => {
  const child = spawn(process.execPath, [SCRIPT], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [printed] = await Promise.all([text(child.stdout), once(child, "close")]);
  expect(JSON.parse(printed)).toEqual({
    warnings: [],
    ended: ["floating job.dead", "good job.succeeded", "waiting job.succeeded"],
    causes: ["SIGTERM"],
    logged: ["an unhandled rejection in a job; it fails"],
    handlers: [0, 0],
  });
});
