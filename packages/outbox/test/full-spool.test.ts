import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { hasSmallDisk, onSmallDisk } from "@jobs/test-servers";
import { expect, it } from "vitest";
import { temporaryFolder } from "./shop.ts";

it.runIf(hasSmallDisk)(
  "a full spool refuses jobs, and sends all that it has kept when there is space again",
  () => {
    using folder = temporaryFolder();
    const script = fileURLToPath(new URL("./processes/fill-spool.mjs", import.meta.url));
    const [command = "", ...prefix] = onSmallDisk(folder.path, 32);
    const child = spawnSync(command, [...prefix, process.execPath, script, folder.path], {
      encoding: "utf8",
      timeout: 60_000,
    });
    const { kept, ...report } = JSON.parse(child.stdout);
    expect(kept).toBeGreaterThan(10);
    expect(report).toEqual({
      refusal: { code: "broker_unavailable", message: expect.stringContaining("no space is left") },
      sent: kept,
      again: "enqueued",
    });
  },
);
