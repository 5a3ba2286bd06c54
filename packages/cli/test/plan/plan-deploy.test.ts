import { createApp, defineSchedule, defineTask, type Schedule, type Task } from "@jobs/core";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { type Lock, lockApp } from "../../src/lock/task-lock.ts";
import { planDeploy } from "../../src/plan/plan-deploy.ts";
import { planLines, planScript } from "../../src/plan/print-plan.ts";

// The plan names the command as it was called, here by whatever runs the tests.
beforeEach(() => void vi.stubEnv("JOBS_CALLED_AS", "jobs"));

function lockOf(tasks: readonly Task[], schedules: readonly Schedule[] = []): Lock {
  return lockApp(createApp({ tasks, schedules }));
}

/** The plan from one list of tasks to another, as people read it. */
function planOf(before: readonly Task[], after: readonly Task[]): readonly string[] {
  return planLines(
    planDeploy({ before: lockOf(before), after: lockOf(after), timeout: "30m", isByHistory: false }),
  );
}

const mail = (params: Parameters<typeof defineTask>[1], options = {}) => [
  defineTask("mail", params, options),
];
const BASE = mail({ to: "string" });

describe("the plan of one change", () => {
  it.each([
    ["another description and order", mail({ a: "string", b: "string" }), mail({ b: "string", a: "string" })],
    ["an optional parameter", BASE, mail({ to: "string", cc: "string?" })],
    ["a required parameter", BASE, mail({ to: "string", cc: "string" })],
    [
      "a required parameter of an object",
      mail(z.object({ addr: z.object({ street: z.string() }) })),
      mail(z.object({ addr: z.object({ street: z.string(), zip: z.string() }) })),
    ],
    ["no required parameter any more", mail({ to: "string", cc: "string" }), BASE],
    ["no optional parameter any more", mail({ to: "string", cc: "string?" }), BASE],
    ["another name of a parameter", BASE, mail({ recipient: "string" })],
    [
      "a parameter that becomes required",
      mail({ to: "string", cc: "string?" }),
      mail({ to: "string", cc: "string" }),
    ],
    [
      "a parameter that becomes optional",
      mail({ to: "string", cc: "string" }),
      mail({ to: "string", cc: "string?" }),
    ],
    ["more values", mail(z.object({ size: z.enum(["s"]) })), mail(z.object({ size: z.enum(["s", "m"]) }))],
    ["fewer values", mail(z.object({ size: z.enum(["s", "m"]) })), mail(z.object({ size: z.enum(["s"]) }))],
    ["other values", mail({ to: "string" }), mail({ to: "integer" })],
    ["a new task", [], BASE],
    ["a task less", BASE, []],
    ["another name of a task", BASE, [defineTask("letter", { to: "string" }, { aliases: ["mail"] })]],
    ["another name of a task, without an alias", BASE, [defineTask("letter", { to: "string" })]],
    [
      "an alias less",
      [defineTask("letter", { to: "string" }, { aliases: ["mail"] })],
      [defineTask("letter", { to: "string" })],
    ],
    ["another queue", BASE, mail({ to: "string" }, { queue: "letters" })],
    [
      "another queue, while the old one has another task",
      [...BASE, defineTask("tick", {})],
      [...mail({ to: "string" }, { queue: "letters" }), defineTask("tick", {})],
    ],
    [
      "an optional parameter, with compat",
      mail({ to: "string" }, { compat: "additive" }),
      mail({ to: "string", cc: "string?" }, { compat: "additive" }),
    ],
  ] as [string, Task[], Task[]][])("%s", (title, before, after) => {
    expect(planOf(before, after).join("\n")).toMatchSnapshot(title);
  });

  it("a schedule whose waiting jobs are refused", () => {
    const locked = (params: z.ZodType, to: string) => {
      const [task] = mail(z.object({ to: params }) as never) as [Task];
      return lockOf([task], [defineSchedule("nightly", { everyMs: 60_000, task, params: { to } })]);
    };
    const plan = planDeploy({
      before: locked(z.string(), "ada"),
      after: locked(z.email(), "ada@example.com"),
      timeout: "30m",
      isByHistory: false,
    });
    expect(planLines(plan).join("\n")).toMatchSnapshot();
  });
});

describe("the plan of several changes", () => {
  const before = [
    defineTask("mail", { to: "string" }),
    defineTask("resize", { file: "string", size: "integer?" }),
    defineTask("old", {}),
    defineTask("ping", {}, { queue: "pings" }),
  ];
  const after = [
    defineTask("mail", { to: "string", cc: "string" }),
    defineTask("resize", { file: "string", width: "integer?" }),
    defineTask("fresh", {}),
    defineTask("ping", { host: "string?" }, { queue: "checks" }),
  ];

  it("is one plan of two releases, which names what has to be split", () => {
    expect(planOf(before, after).join("\n")).toMatchSnapshot();
  });

  it("is the same whatever the order of the tasks", () => {
    expect(planOf(before.toReversed(), after.toReversed())).toEqual(planOf(before, after));
  });

  it("is a script that a shell runs", () => {
    expect(
      planScript(
        planDeploy({ before: lockOf(before), after: lockOf(after), timeout: "10m", isByHistory: false }),
      ),
    ).toMatchSnapshot();
    expect(
      planScript(
        planDeploy({ before: lockOf(before), after: lockOf(before), timeout: "10m", isByHistory: false }),
      ),
    ).toMatchSnapshot();
  });

  it("waits by time where the broker shows no jobs, and checks none", () => {
    const source = { before: lockOf(before), after: lockOf(after), timeout: "10m", isByHistory: true };
    const script = planScript(planDeploy(source));
    expect(script).toContain("$JOBS wait --task resize --enqueued-before now --until-empty");
    expect(script).not.toMatch(/--sig|check --live/);
  });

  it("names in a lock cannot leave their line, nor their quotes", () => {
    const { tasks } = lockOf(BASE);
    const evil = { "it's\n; touch stolen #": tasks.mail as NonNullable<typeof tasks.mail> };
    const plan = planDeploy({
      before: { tasks: evil, schedules: {}, accepted: {} },
      after: lockOf([]),
      timeout: "1m",
      isByHistory: false,
    });
    const script = planScript(plan);
    expect(script).not.toMatch(/^; touch/m);
    expect(script).toContain(
      String.raw`$JOBS wait --task 'it'\''s\n; touch stolen #' --queues default --until-empty`,
    );
  });
});
