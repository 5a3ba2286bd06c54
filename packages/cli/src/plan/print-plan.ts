import { asCalled } from "../base/program.ts";
import type { LockChange } from "../lock/lock-change.ts";
import { partOf } from "../lock/report-changes.ts";
import { printable } from "../output/printable.ts";
import type { DeployPlan, PlannedRelease, PlanStep } from "./plan-deploy.ts";

/** The plan for people: steps are numbered through all releases. */
export function planLines({ releases, opposite, later }: DeployPlan): readonly string[] {
  if (releases.length === 0) return ["Nothing has changed that jobs depend on: deploy in any order."];
  let step = 0;
  const lines = releases.flatMap((release) => [
    "",
    titleOf(release, releases.length),
    ...changeLines(release).map((line) => `  ${line}`),
    ...release.steps.map((one) => `  ${++step}. ${stepText(one)}`),
  ]);
  return [...summary(releases.length), ...oppositeLines(opposite), ...lines, ...laterLines(later)];
}

function summary(count: number): readonly string[] {
  if (count === 1) return ["This code can be deployed as one release."];
  return [
    `This code cannot be deployed as one release: it needs ${count}, one after the other.`,
    "Run the commands of each release with its code.",
  ];
}

function oppositeLines({ workersFirst, producersFirst }: DeployPlan["opposite"]): readonly string[] {
  if (workersFirst.length === 0) return [];
  return [
    "Split them, since they need opposite orders:",
    `  workers first:   ${partsOf(workersFirst)}`,
    `  producers first: ${partsOf(producersFirst)}`,
  ];
}

function partsOf(changes: readonly LockChange[]): string {
  return printable(changes.map((change) => `${partOf(change)} (${change.change})`).join(", "));
}

/** Who comes first, in words. */
const FIRST = {
  any: "workers and producers in any order",
  workers: "workers first",
  producers: "producers first",
} as const;

function titleOf({ number, first }: PlannedRelease, count: number): string {
  return count === 1 ? `Release: ${FIRST[first]}` : `Release ${number} of ${count}: ${FIRST[first]}`;
}

function changeLines({ changes }: PlannedRelease): readonly string[] {
  return changes.map(({ change, todo }) => printable(`- ${partOf(change)}, ${change.change}: ${todo}`));
}

function stepText(step: PlanStep): string {
  if (step.kind === "deploy") return `deploy ${step.who}`;
  return `${asCalled(`jobs ${quoted(step.args)}`)}    # ${step.why}`;
}

function laterLines(later: DeployPlan["later"]): readonly string[] {
  if (later.length === 0) return [];
  return [
    "",
    "Later, once the command ends with 0:",
    ...later.map(({ what, args }) => `  ${printable(what)}: ${asCalled(`jobs ${quoted(args)}`)}`),
  ];
}

/** Texts that no shell changes. */
const PLAIN = /^[A-Za-z0-9_.,:/@%+-]+$/;

/** Words for a shell. What people have named cannot leave its quotes, nor its line. */
function quoted(words: readonly string[]): string {
  return words
    .map((word) => (PLAIN.test(word) ? word : `'${printable(word).replaceAll("'", `'\\''`)}'`))
    .join(" ");
}

/** What a script of several releases has to be told: this code is the last of them at most. */
const USE_RELEASE = `
use_release() {
  echo "use_release: say here how the code of release $1 comes into this folder" >&2
  exit 78
}
`;

const head = (several: string) => `#!/bin/sh
# Written by jobs deploy-plan. It stops at the first step that fails.
# Give it a file that defines these functions: sh plan.sh ./deploy.sh
# $1 is the number of a release.
set -eu
JOBS=\${JOBS:-npx jobs-cli}
${several}
deploy_workers() {
  echo "deploy_workers: say here how the workers of release $1 are deployed" >&2
  exit 78
}

deploy_producers() {
  echo "deploy_producers: say here how the producers of release $1 are deployed" >&2
  exit 78
}

if [ "$#" -gt 0 ]; then . "$1"; fi
`;

/** The plan as a script for `sh`. */
export function planScript({ releases }: DeployPlan): string {
  const isSeveral = releases.length > 1;
  const parts = releases.map((release) => [
    `# ${titleOf(release, releases.length)}`,
    ...changeLines(release).map((line) => `# ${line}`),
    ...(isSeveral ? [`use_release ${release.number}`] : []),
    ...release.steps.map(scriptStep),
  ]);
  const nothing = ["# Nothing has changed that jobs depend on.", "deploy_workers 1", "deploy_producers 1"];
  const blocks = parts.length === 0 ? [nothing] : parts;
  return [head(isSeveral ? USE_RELEASE : ""), ...blocks.map((lines) => `${lines.join("\n")}\n`)].join("\n");
}

function scriptStep(step: PlanStep): string {
  if (step.kind === "deploy") return `deploy_${step.who} ${step.release}`;
  return `$JOBS ${quoted(step.args)}`;
}
