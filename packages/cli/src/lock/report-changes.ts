import { printable } from "../output/printable.ts";
import type { LockChange } from "./lock-change.ts";
import { LOCK_FILE } from "./lock-file.ts";
import type { Fit } from "./schema/compare.ts";

/** A longer witness is cut. */
const MAX_WITNESS = 300;

/** The task and the part of it that has changed. */
export function partOf({ task, path }: LockChange): string {
  return path === undefined ? task : `${task}.${path}`;
}

/** The changes for people: what, what follows for jobs in flight, and the order. */
export function changeLines(changes: readonly LockChange[]): readonly string[] {
  return changes.flatMap((change) => [
    `${change.class}${change.isAccepted ? " (accepted)" : ""}  ${printable(partOf(change))}: ${printable(change.change)}`,
    ...detailsOf(change).map((line) => `  ${printable(line)}`),
  ]);
}

function detailsOf({ oldJob, newJob, order }: LockChange): readonly string[] {
  return [
    ...fitLine("An old job on a new worker", oldJob),
    ...fitLine("A new job on an old worker", newJob),
    `Order: ${order}.`,
  ];
}

function fitLine(who: string, fit: Fit | undefined): readonly string[] {
  if (fit === undefined) return [];
  if (fit.status === "fits") return [`${who} fits.`];
  if (fit.status === "unknown") return [`${who}: unknown, ${fit.why}.`];
  const text = JSON.stringify(fit.witness);
  const witness = text.length > MAX_WITNESS ? `${text.slice(0, MAX_WITNESS)}…` : text;
  return [`${who} is refused with ${witness}`];
}

/** The changes as commands of GitHub's workflows, which annotate a pull request. */
export function githubLines(changes: readonly LockChange[]): readonly string[] {
  return changes.map((change) => {
    const title = `${partOf(change)}: ${change.class}`;
    const text = [change.change, ...detailsOf(change)].map(printable).join("\n");
    return `::${levelOf(change)} file=${LOCK_FILE},title=${escapeProperty(printable(title))}::${escapeData(text)}`;
  });
}

function levelOf({ isBreaking, isAccepted }: LockChange): string {
  if (!isBreaking) return "notice";
  return isAccepted ? "warning" : "error";
}

/** As GitHub reads it: without this, data could begin another command. */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
