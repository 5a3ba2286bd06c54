import { describe, expect, it } from "vitest";
import { SWITCH_VARIABLES } from "../../src/output/report-error.ts";
import { createProject } from "../project.ts";

const ENQUEUE = ["enqueue", "my_task", "a=1", "b=2"];
const NAME = /must be 1 to 80 characters of A-Z a-z 0-9 _ \. -/;

/** What can be seen to be wrong without a broker, an app or a configuration. */
const WRONG: readonly (readonly [args: readonly string[], said: RegExp])[] = [
  [[...ENQUEUE, "--queue", "bad name"], NAME],
  [[...ENQUEUE, "--queue="], NAME],
  [[...ENQUEUE, "--domain", "a b"], NAME],
  [[...ENQUEUE, "--id="], /--id: must be 1 to 128 letters/],
  [[...ENQUEUE, "--id", "a b"], /--id: must be 1 to 128 letters/],
  [[...ENQUEUE, "--id", "x".repeat(129)], /--id: must be 1 to 128 letters/],
  [[...ENQUEUE, "--group="], /--group: must be at least one character/],
  [[...ENQUEUE, "--expires", "0s"], /--expires: must be a duration above 0/],
  [[...ENQUEUE, "--attempts", "0"], /--attempts: must be a whole number from 1/],
  [[...ENQUEUE, "--timeout", "0s"], /--timeout: must be a duration above 0/],
  [[...ENQUEUE, "--in", "5"], /--in: must be a duration such as .*, at most 36500d/],
  [[...ENQUEUE, "--in", "200000d"], /--in: must be .*, at most 36500d/],
  [[...ENQUEUE, "--expires", "200000d"], /--expires: must be a duration above 0, .*, at most 36500d/],
  [[...ENQUEUE, "--at", "9999-12-31T23:59:59Z"], /--at: must be at most 100 years ahead/],
  [["worker", "--lease", "5000"], /--lease: must be a duration/],
  [["stats", "--fail-over", "oldest=60"], /--fail-over: must be limits/],
  [["stats", "--queues", "default,bad name"], NAME],
  [["stats", "--watch", "0s"], /--watch: must be a duration above 0/],
  [["list", "--queue", "bad name"], NAME],
  [["peek", "bad name"], NAME],
  [["queue", "pause", "bad name"], NAME],
  [["queue", "purge", "bad name", "--yes"], NAME],
  [["dlq", "list", "--queues", "bad name"], NAME],
  [["dlq", "retry", "--all", "--to", "bad name"], NAME],
  [["dlq", "show", ""], /must be at least one character/],
  [["show", ""], /must be at least one character/],
  [["result", ""], /must be at least one character/],
  [["cancel", ""], /must be at least one character/],
  [["worker", "--queues", "bad name"], /--queues: must be queue names/],
  [["worker", "--max-time", "0s"], /--max-time: must be a duration above 0/],
  [["monitor", "--to", "ndjson", "--queue", "bad name"], NAME],
  [["events", "--queue", "bad name"], NAME],
  [["config", "explain", "nope"], /there is no setting "nope"/],
];

describe("a wrong command line", { timeout: 120_000 }, () => {
  it.each(WRONG)("is exit 2: jobs %j", async (args, said) => {
    using project = createProject();
    const { code, stderr } = await project.jobs(args);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(said) });
  });

  it.each<[readonly string[], string, string]>([
    [["stats"], "JOBS_TIMEOUT", "x"],
    [["stats"], "JOBS_TIMEOUT", "0s"],
    [["worker", "--drain"], "JOBS_LOG_LEVEL", "loud"],
    [["stats"], "JOBS_TIMEOUT", "5"],
    [["stats"], "JOBS_QUEUE_PREFIX", "bad prefix"],
    ...Object.values(SWITCH_VARIABLES).map((name): [string[], string, string] => [["stats"], name, "maybe"]),
  ])(
    "the same in a variable is exit 78, and the variable is named: jobs %j %s=%s",
    async (args, name, value) => {
      using project = createProject();
      const { code, stderr } = await project.jobs(args, { env: { [name]: value } });
      expect({ code, stderr }).toMatchObject({
        code: 78,
        stderr: expect.stringMatching(`^${name}:? .*must be`),
      });
    },
  );

  it("a setting that names what is not there is exit 78", async () => {
    using project = createProject();
    for (const flags of [
      ["--broker", "nope"],
      ["--config", "nope.ts"],
      ["--app", "nope.ts"],
      ["--results", "nope"],
    ])
      expect(await project.jobs(["stats", ...flags])).toMatchObject({ code: 78 });
  });
});

it.each<[readonly string[], string]>([
  [[...ENQUEUE, "--in", "5"], "Write the unit: 5ms, 5s or 5m."],
  [["stats", "--timeout", "5"], "Write the unit: 5ms, 5s or 5m."],
  [["worker", "--lease", "5000"], "Write the unit: 5000ms, 5000s or 5000m."],
  [["stats", "--fail-over", "oldest=60"], "Write the unit: 60ms, 60s or 60m."],
  [["stats", "--fail-over", "oldes=60s"], "Did you mean oldest?"],
  [["stats", "--queu", "mail"], "Did you mean --queues?"],
  [["stats", "--zzz"], "jobs stats --help shows all flags."],
  [["dlq", "list", "-z"], "jobs dlq list --help shows all flags."],
  [["stats", "--format", "jsn"], "Did you mean json?"],
  [["shell", "bsh"], "Did you mean bash?"],
  [["run"], "jobs run TASK name=value …; jobs tasks lists them."],
  [["enqueue"], "jobs enqueue TASK name=value …; jobs tasks lists them."],
  [
    ["run", "my_task", "a=x", "b=2"],
    "Correct the values. The names are right; the message says what each value must be.",
  ],
])("has a hint of its own: jobs %j", async (args, hint) => {
  using project = createProject();
  const { stderr } = await project.jobs(args);
  expect(stderr.split("\n  Fix: ")[1]).toBe(`${hint}\n`);
});
