import { startStopwatch } from "@jobs/core/testing";
import { freePort } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

const VERBS: readonly (readonly string[])[] = [
  ["doctor"],
  ["stats"],
  ["enqueue", "my_task", "a=1", "b=2"],
  ["worker", "--drain", "--start-timeout", "0s"],
];

describe("a broker that refuses the connection", () => {
  it.each(VERBS)("is exit 69 with address, cause and fix: %s", async (...verb) => {
    const port = await freePort();
    const broker = ["--broker", `redis://me:s3cret@127.0.0.1:${port}/1`];
    const cause = `no connection to Redis at 127.0.0.1:${port}/1: the connection is refused (ECONNREFUSED).`;
    const fix = "Start the server, or correct host and port.";
    using project = createProject();
    for (const format of [[], ["--json"]]) {
      const elapsedMs = startStopwatch();
      const { code, stdout, stderr } = await project.jobs([...verb, ...broker, ...format]);
      const ms = elapsedMs();
      expect({ code, said: stdout + stderr }).toEqual({ code: 69, said: expect.stringContaining(cause) });
      expect(stdout + stderr).toContain(fix);
      expect(stdout + stderr).not.toContain("s3cret");
      expect(ms).toBeLessThan(4_000);
    }
  });
});
