import { createApp, defineTask, type Task, upcast } from "@jobs/core";
import { expect, it } from "vitest";
import { compareLocks } from "../../src/lock/compare-locks.ts";
import { lockText, parseLock } from "../../src/lock/lock-file.ts";
import { lockApp } from "../../src/lock/task-lock.ts";
import { planDeploy } from "../../src/plan/plan-deploy.ts";

const lockOf = (task: Task) => parseLock(lockText(lockApp(createApp({ tasks: [task] }))), "jobs.lock.json");

const first = defineTask("mail", { address: "string" });
const stepOf1 = upcast({ address: "string" }, ({ address }) => ({ to: address }));
const second = defineTask("mail", { to: "string" }, { version: 2, from: { 1: stepOf1 } });
const stepOf2 = upcast({ to: "string" }, ({ to }) => ({ to, tone: "kind" }));
const third = defineTask(
  "mail",
  { to: "string", tone: "string" },
  { version: 3, from: { 1: stepOf1, 2: stepOf2 } },
);
const thirdAlone = defineTask("mail", { to: "string", tone: "string" }, { version: 3, from: { 2: stepOf2 } });
const narrow = upcast({ address: "integer" }, () => ({ to: "" }));
const broken = defineTask("mail", { to: "string" }, { version: 2, from: { 1: narrow } });

const changes = (before: Task, after: Task) =>
  compareLocks(lockOf(before), lockOf(after)).map((change) => [
    change.class,
    change.change,
    change.isBreaking,
  ]);

it("a lock holds the version, and the schema of each earlier one", () => {
  const { mail } = lockOf(third).tasks;
  expect(mail).toMatchObject({ version: 3, signature: "to,tone" });
  expect(Object.entries(mail?.from ?? {}).map(([version, form]) => [version, form.signature])).toEqual([
    ["1", "address"],
    ["2", "to"],
  ]);
  expect(lockOf(first).tasks.mail).not.toHaveProperty("version");
  expect(compareLocks(lockOf(third), lockOf(third))).toEqual([]);
});

it("a new version with a step for the locked one is no breaking change", () => {
  expect(changes(first, second)).toEqual([["upcast", "version 1 → 2, with a step for version 1", false]]);
  expect(changes(second, third)).toEqual([["upcast", "version 2 → 3, with a step for version 2", false]]);
  expect(changes(first, third)).toEqual([["upcast", "version 1 → 3, with a step for version 1", false]]);
});

it("a version without a step, or that is gone from `from`, is a breaking one", () => {
  expect(changes(first, thirdAlone)).toEqual([["removed", "version 1 removed", true]]);
  expect(changes(third, thirdAlone)).toEqual([["removed", "version 1 removed", true]]);
  expect(changes(third, second)).toEqual([["backward-breaking", "version 3 → 2", true]]);
});

it("a version in `from` that refuses locked jobs is a breaking change, with a witness", () => {
  const [newer, refused] = compareLocks(lockOf(first), lockOf(broken));
  expect(newer?.class).toBe("upcast");
  expect(refused).toMatchObject({
    class: "backward-breaking",
    change: "version 1 in from accepts less than it did",
    oldJob: { status: "refused", witness: { address: expect.any(String) } },
  });
  expect(changes(second, broken)).toEqual([
    ["backward-breaking", "version 1 in from accepts less than it did", true],
  ]);
});

it("a plan deploys workers first, and says when the old version may go", () => {
  const plan = planDeploy({
    before: lockOf(first),
    after: lockOf(second),
    timeout: "5m",
    isByHistory: false,
  });
  expect(plan.releases.map(({ first: who }) => who)).toEqual(["workers"]);
  expect(plan.later.map(({ args }) => args.slice(0, 5))).toEqual([
    ["wait", "--task", "mail", "--sig", "address"],
  ]);
  const dropped = planDeploy({
    before: lockOf(third),
    after: lockOf(thirdAlone),
    timeout: "5m",
    isByHistory: false,
  });
  expect(dropped.releases[0]?.steps[0]).toMatchObject({ args: expect.arrayContaining(["--sig", "address"]) });
});

it("a schedule whose waiting ticks are of an earlier version is no breaking change", () => {
  const ticking = (task: Task, params: unknown) => {
    const schedule = { name: "nightly", task: task.name, params };
    return {
      ...lockOf(task),
      schedules: { nightly: { task: schedule.task, params: schedule.params as never } },
    };
  };
  const found = compareLocks(ticking(first, { address: "a" }), ticking(second, { to: "a" }));
  expect(found.filter(({ isBreaking }) => isBreaking)).toEqual([]);
});
