import { describe, expect, it, vi } from "vitest";
import { createProject } from "./project.ts";

describe("docs/guide/configuration.md", () => {
  it("prints what it shows for explain: a shared variable beats the file, the file the default [C16]", async () => {
    using project = createProject({}, "guide");
    const env = { JOBS_TASK_DEFAULT_ATTEMPTS: "4" };
    const { code, stdout } = await project.jobs(["config", "explain", "send_email.attempts"], { env });
    expect(code).toBe(0);
    expect(stdout.trim().split("\n")).toEqual([
      "tasks.send_email.attempts = 4 (environment: JOBS_TASK_DEFAULT_ATTEMPTS)",
      "  shadows 3 (file: jobs.config.ts:13)",
      "  shadows 5 (default)",
    ]);
  });

  it("an app of its own reads the environment when it asks for it [T15]", async () => {
    vi.stubEnv("JOBS_TASK_SEND_EMAIL_ATTEMPTS", "7");
    const { default: app } = await import("./fixtures/guide/standalone.ts");
    expect(app.config.task("send_email").maxAttempts).toBe(7);
    await app.close();
    vi.unstubAllEnvs();
  });
});
