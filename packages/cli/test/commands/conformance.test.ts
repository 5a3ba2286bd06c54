import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

/** An adapter of somebody else: memory, which is sound, and with a flaw. */
const HARNESS = (stats: string) => `
import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import { virtualTime } from "@jobs/broker-conformance";
import { createVirtualClock } from "@jobs/core/testing";

const { capabilities } = await memory().openQueue("any");

export default () => {
  const clock = createVirtualClock();
  const storage = createMemoryStorage({ clock });
  return {
    capabilities,
    time: virtualTime(clock),
    openBroker() {
      const broker = memory({ storage });
      return {
        ...broker,
        async openQueue(name) {
          const queue = await broker.openQueue(name);
          return { ...queue, stats: async () => ({ ...(await queue.stats()), ${stats} }) };
        },
      };
    },
    createQueue: (suffix) => "test-" + suffix,
    leftovers: () => storage.leftovers(),
    corrupt: (queue, id) => void Object.assign(storage.queue(queue).state.find(id) ?? {}, { body: "{" }),
    dispose() {},
  };
};
`;

describe("jobs conformance", { timeout: 120_000 }, () => {
  it("says of a sound adapter that it keeps all clauses and stays within the model", async () => {
    using project = createProject({ "harness.mjs": HARNESS("") });
    const judged = await project.jobs(["conformance", "harness.mjs", "--model-runs", "20"]);
    expect(judged).toMatchObject({ code: 0, stderr: "" });
    const [, kept, all] =
      /^(\d+) of (\d+) clauses kept; 20 random sequences within the model \(seed \d+\)\n$/.exec(
        judged.stdout,
      ) ?? [];
    expect(Number(kept)).toBeGreaterThan(100);
    expect(kept).toBe(all);
  });

  it("names each clause that is broken, and ends with 1", async () => {
    using project = createProject({ "harness.mjs": HARNESS("dead: { n: 7, exact: true }") });
    const judged = await project.jobs(["conformance", "harness.mjs", "--clauses", "c1,L1"]);
    expect(judged.code).toBe(1);
    expect(judged.stdout).toMatch(/^C1 {2}Every message is counted in its state/);
    expect(judged.stdout).toContain("1 of 2 clauses kept; the model was left out\n");
    const json = await project.json([
      "conformance",
      "harness.mjs",
      "--clauses",
      "C1",
      "--model-runs",
      "5",
      "--json",
    ]);
    expect(json).toMatchObject({
      schema: "jobs.conformance/1",
      isConforming: false,
      clauses: [{ id: "C1", isKept: false, reason: expect.any(String) }],
      model: { runs: 5, seed: expect.any(Number), isKept: false, reason: expect.stringContaining("seed") },
    });
  });

  it("tells what is no clause, and no harness", async () => {
    using project = createProject({ "harness.mjs": "export default 1;" });
    expect((await project.jobs(["conformance", "harness.mjs"])).stderr).toContain(
      "not a function that makes a harness",
    );
    project.write("harness.mjs", "export default () => ({});");
    const unknown = await project.jobs(["conformance", "harness.mjs", "--clauses", "L999"]);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("there is no clause L999") });
  });
});
