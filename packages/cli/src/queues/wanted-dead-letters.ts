import { countOf } from "@jobs/core/config";
import { CliError, isCliError } from "../output/cli-error.ts";
import { deadLetters } from "./dead-letters.ts";
import { type FoundJob, findJob, noSuchJob } from "./find-job.ts";
import type { SelectedQueue } from "./selected-queues.ts";

/** The wanted dead letters: those with the given ids, or all. */
export interface DeadLetterChoice {
  readonly ids: readonly string[];
  readonly isAll: boolean;
  /** With `isAll`: at most this many of each queue, oldest first. */
  readonly limit: number;
}

/** Dead letters of one queue by id. */
export interface ChosenDeadLetters extends SelectedQueue {
  readonly ids: readonly string[];
}

/**
 * Finds the wanted dead letters, without queues that have none. It never finds a job in another state, so that a
 * mistyped id does no harm.
 * @throws CliError `usage` unless either ids or `--all` are given, `not_found` naming each id that is no dead letter.
 */
export async function chooseDeadLetters(
  queues: readonly SelectedQueue[],
  choice: DeadLetterChoice,
): Promise<readonly ChosenDeadLetters[]> {
  if (choice.isAll === choice.ids.length > 0) {
    throw new CliError("usage", "name dead letters by id, or take --all of them.", {
      hint: "jobs dlq list shows them.",
    });
  }
  const chosen = choice.isAll ? await allOf(queues, choice.limit) : await named(queues, choice.ids);
  return chosen.filter(({ ids }) => ids.length > 0);
}

function allOf(queues: readonly SelectedQueue[], limit: number): Promise<ChosenDeadLetters[]> {
  return Promise.all(
    queues.map(async (selected) => {
      const ids: string[] = [];
      for await (const message of deadLetters(selected, { limit })) ids.push(message.messageId);
      return { ...selected, ids };
    }),
  );
}

async function named(queues: readonly SelectedQueue[], ids: readonly string[]): Promise<ChosenDeadLetters[]> {
  const found = await findEach(queues, [...new Set(ids)]);
  return queues.map((selected) => ({
    ...selected,
    // A job may be named twice, by its own id and by that of its message.
    ids: [
      ...new Set(found.filter(({ name }) => name === selected.name).map(({ message }) => message.messageId)),
    ],
  }));
}

/** Finds all ids, or throws one error that names every missing id. */
async function findEach(
  queues: readonly SelectedQueue[],
  ids: readonly string[],
): Promise<readonly FoundJob[]> {
  const missing: string[] = [];
  const look = async (id: string) => {
    try {
      return [await findJob(queues, id, ["dead"])];
    } catch (error) {
      if (!isCliError(error)) throw error;
      missing.push(id);
      return [];
    }
  };
  const found = await findTogether(queues, ids, look);
  if (missing.length === 0) return found;
  throw noSuchJob(
    "dead letter",
    missing.sort((a, b) => ids.indexOf(a) - ids.indexOf(b)),
    queues,
  );
}

/** A broker that receives dead letters to show them hides them from another look at the same time. */
async function findTogether(
  queues: readonly SelectedQueue[],
  ids: readonly string[],
  look: (id: string) => Promise<readonly FoundJob[]>,
): Promise<readonly FoundJob[]> {
  if (queues.every(({ queue }) => queue.capabilities.peek === true))
    return (await Promise.all(ids.map(look))).flat();
  const found: FoundJob[] = [];
  for (const id of ids) found.push(...(await look(id)));
  return found;
}

/** The number of each queue, in words: `2 of mail, 1 of default`. */
export function describeChosen(chosen: readonly ChosenDeadLetters[]): string {
  return describeCounts(chosen.map(({ name, ids }) => ({ name, count: ids.length })));
}

/** Like {@link describeChosen}, for dead letters that were only counted. */
export function describeCounts(counts: readonly { readonly name: string; readonly count: number }[]): string {
  const found = counts.filter(({ count }) => count > 0);
  if (found.length === 0) return "no dead letters";
  const total = found.reduce((sum, { count }) => sum + count, 0);
  const parts = found.map(({ name, count }) => `${count} of ${name}`);
  return `${countOf(total, "dead letter")} (${parts.join(", ")})`;
}
