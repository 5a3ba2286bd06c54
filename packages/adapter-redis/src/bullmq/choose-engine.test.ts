import { describe, expect, it, vi } from "vitest";
import { chooseEngine } from "./choose-engine.ts";
import { type LoadedBullmq, loadBullmq } from "./load-bullmq.ts";

const QUEUE = "mail";

/** BullMQ as if it were installed in this version. */
async function installed(version: string): Promise<LoadedBullmq> {
  return { ...(await loadBullmq()), version };
}

function missing(): Promise<never> {
  return Promise.reject(new Error("Cannot find package 'bullmq'"));
}

describe("chooseEngine", () => {
  it.each(["", "bullmq:6.0.0", "bullmq:6.99.1", "other:7.0.0"])(
    'takes our scripts on a queue of version "%s", and loads nothing',
    async (version) => {
      const load = vi.fn(missing);
      const warn = vi.fn();
      expect(await chooseEngine({ queue: QUEUE, engine: "jobs", version, warn, load })).toBeUndefined();
      expect([load.mock.calls, warn.mock.calls]).toEqual([[], []]);
    },
  );

  it.each(["", "bullmq:6.1.0"])('takes BullMQ where it is asked for, on version "%s"', async (version) => {
    const warn = vi.fn();
    const chosen = await chooseEngine({ queue: QUEUE, engine: "bullmq", version, warn, load: loadBullmq });
    expect(chosen?.version).toMatch(/^6\./);
    expect(warn).not.toHaveBeenCalled();
  });

  it.each(["bullmq:5.81.5", "bullmq:7.0.0", "bullmq:12.3.4"])(
    "takes BullMQ's own scripts on a queue of %s, with a warning that names both",
    async (version) => {
      const [, installedVersion = ""] = version.split(":");
      const warn = vi.fn();
      const question = { queue: QUEUE, engine: "jobs", version, warn } as const;
      const chosen = await chooseEngine({ ...question, load: () => installed(installedVersion) });
      expect(chosen?.version).toBe(installedVersion);
      expect(warn.mock.calls).toEqual([[expect.stringContaining(`scripts of bullmq ${installedVersion}`)]]);
    },
  );

  it.each(["jobs", "bullmq"] as const)(
    "refuses, for engine %s, a queue of another major version than the installed one",
    async (engine) => {
      const question = { queue: QUEUE, engine, version: "bullmq:7.1.0", warn: () => {} };
      await expect(chooseEngine({ ...question, load: () => installed("6.7.0") })).rejects.toMatchObject({
        code: "invalid_config",
        message: expect.stringMatching(/"mail".*BullMQ 7.*bullmq 6\.7\.0 is installed/),
        hint: expect.stringContaining("pnpm add bullmq@7"),
      });
    },
  );

  it.each([
    ["5.81.4", "5"],
    ["5.9.9", "5"],
    ["4.99.99", "latest"],
  ])("refuses bullmq %s, with which it was not tried, and says to install %s", async (version, wanted) => {
    const question = { queue: QUEUE, engine: "bullmq", version: "", warn: () => {} } as const;
    await expect(chooseEngine({ ...question, load: () => installed(version) })).rejects.toMatchObject({
      code: "invalid_config",
      message: expect.stringContaining(`cannot drive bullmq ${version}; expected 5.81.5 or newer`),
      hint: expect.stringContaining(`pnpm add bullmq@${wanted}`),
    });
  });

  it.each(["5", "7"])("refuses a queue of BullMQ %s where BullMQ is not installed", async (major) => {
    const question = {
      queue: QUEUE,
      engine: "jobs",
      version: `bullmq:${major}.1.0`,
      warn: () => {},
    } as const;
    await expect(chooseEngine({ ...question, load: missing })).rejects.toMatchObject({
      code: "invalid_config",
      message: expect.stringContaining("bullmq is not installed"),
      hint: expect.stringContaining(`pnpm add bullmq@${major}`),
    });
  });
});
