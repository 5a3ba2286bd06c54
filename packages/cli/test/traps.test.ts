import { describe, expect, it } from "vitest";
import { createProject, outcomeOf } from "./project.ts";

describe("traps of oclif", () => {
  it("keeps custom exit statuses with --json", async () => {
    using project = createProject();
    const cases: readonly (readonly [readonly string[], number])[] = [
      [["enqueue", "my_task", "--json"], 65],
      [["show", "nope", "--json"], 1],
      [["stats", "--broker", "nope", "--json"], 78],
      [["stats", "--nope", "--json"], 2],
    ];
    for (const [args, code] of cases) {
      const outcome = await project.jobs(args);
      expect({ args, code: outcome.code }).toEqual({ args, code });
      expect(JSON.parse(outcome.stdout)).toEqual({
        error: expect.objectContaining({ code: expect.any(String) }),
      });
    }
  });

  it("a parse error in JSON mode tells the fault and what was meant, and no more, by flag and by variable", async () => {
    using project = createProject();
    const flag = await project.jobs(["worker", "--concurrency", "many", "--json"]);
    const expected = {
      error: { code: "usage", message: "--concurrency: must be a whole number from 1 to 10000." },
    };
    expect(JSON.parse(flag.stdout)).toEqual(expected);
    const variable = await project.jobs(["stats", "--nope"], { env: { JOBS_JSON: "1" } });
    expect(JSON.parse(variable.stdout)).toEqual({
      error: {
        code: "usage",
        message: "there is no flag --nope.",
        hint: "jobs stats --help shows all flags.",
      },
    });
    const slip = await project.jobs(["stats", "--queue", "mail", "--json"]);
    expect(JSON.parse(slip.stdout)).toEqual({
      error: { code: "usage", message: "there is no flag --queue.", hint: "Did you mean --queues?" },
    });
    expect(flag.stdout + variable.stdout + slip.stdout).not.toContain(project.folder);
  });

  it("does not read a missing argument from stdin", async () => {
    using project = createProject();
    for (const args of [["show"], ["run"], ["queue", "pause"], ["config", "explain"]]) {
      const outcome = await project.jobs(args, { input: "default\n" });
      expect({ args, code: outcome.code, stdout: outcome.stdout }).toEqual({ args, code: 2, stdout: "" });
    }
  });

  it("takes no leftover word for a parameter: --dry-run=true leaves a true behind", async () => {
    using project = createProject();
    const outcome = await project.jobs(["enqueue", "my_task", "a=1", "b=2", "--dry-run=true"]);
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('"true" is not a parameter') });
    expect((await project.jobs(["stats", "stray"])).code).toBe(2);
  });
});

describe("a reader that goes away [F08]", () => {
  it("ends a command quietly", async () => {
    using project = createProject();
    for (const args of [["config"], ["--help"], ["tasks", "--json"]]) {
      const child = project.start(args);
      child.stdout?.destroy();
      const { code, stderr } = await outcomeOf(child);
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
    }
  });
});

describe("data on a terminal [F61]", () => {
  it("no data reaches it unescaped", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "send_mail", "to=\u001b[2J\u202e\u2028x", "--id", "e1"]);
    for (const args of [
      ["list", "--queue", "mail", "--params"],
      ["show", "e1", "--params"],
      ["show", "e1", "--params", "--json"],
      ["run", "legacy", "file=\u001b]0;title\u0007"],
    ]) {
      const { code, stdout } = await project.jobs(args);
      expect(code).toBe(0);
      expect(stdout).toContain("\\u001b");
      expect(stdout).not.toMatch(/[^\P{Cc}\n]|[\u202e\u2028]/u);
    }
  });
});

describe("--timeout", () => {
  it("69: names a broker that has not answered by then", async () => {
    using project = createProject({
      "jobs.config.mjs": `const never = () => new Promise(() => setTimeout(() => {}, 60_000));
        const broker = { kind: "mute", reach: "network", openQueue: never, openConsumer: never, close: async () => {} };
        export default { app: "./app.mjs", broker };`,
    });
    const { error } = await project.json(["stats", "--timeout", "200ms", "--json"]);
    expect(error, "a read sends nothing").toMatchObject({ maybeSent: false });
    const outcome = await project.jobs(["stats", "--timeout", "200ms"]);
    expect(outcome).toMatchObject({
      code: 69,
      stderr: expect.stringContaining("mute broker: no answer within 200 ms"),
    });
  });

  it("75: gives up on work that takes too long, on a broker that answers", async () => {
    using project = createProject({
      "jobs.config.mjs": `import { memory } from "@jobs/adapter-memory";
        const never = () => new Promise(() => setTimeout(() => {}, 60_000));
        const inner = memory();
        const broker = { ...inner, reach: "machine", openQueue: async (name) => {
          const queue = await inner.openQueue(name);
          return { ...queue, name, capabilities: queue.capabilities, stats: () => queue.stats(), peek: never };
        } };
        export default { app: "./app.mjs", broker };`,
    });
    const outcome = await project.jobs(["peek", "default", "--timeout", "600ms"]);
    expect(outcome).toMatchObject({ code: 75, stderr: expect.stringContaining("not done within 600 ms") });
  });
});
