import type { PeekedState, StoredMessage } from "@jobs/core/broker";
import { CliError } from "../output/cli-error.ts";
import type { SelectedQueue } from "./selected-queues.ts";

/** A job where it was found. */
export interface FoundJob extends SelectedQueue {
  readonly message: StoredMessage;
}

const STATES: readonly PeekedState[] = ["ready", "delayed", "leased", "dead", "succeeded"];

/**
 * Looks for a job in some queues and states. @throws CliError `not_found` · UnsupportedError if the broker cannot
 * read stored jobs.
 */
export async function findJob(
  queues: readonly SelectedQueue[],
  id: string,
  states: readonly PeekedState[] = STATES,
): Promise<FoundJob> {
  for (const selected of queues) {
    for (const state of states) {
      if (state === "succeeded" && !selected.queue.capabilities.keepsFinished) continue;
      const { messages } = await selected.queue.peek({ state, limit: 1, id });
      const message = messages.find((one) => states.includes(one.state));
      if (message !== undefined) return { ...selected, message };
    }
  }
  const what = states.length === 1 && states[0] === "dead" ? "dead letter" : "job";
  throw noSuchJob(what, [id], queues);
}

/** The error that names every id of which these queues have nothing. `what`: a job or a dead letter. */
export function noSuchJob(
  what: "job" | "dead letter",
  ids: readonly string[],
  queues: readonly SelectedQueue[],
): CliError {
  const where = queues.map(({ name }) => name).join(", ");
  const [id] = ids;
  return new CliError("not_found", `there is no ${what} ${ids.join(", ")} in ${where}.`, {
    hint: "Done jobs are removed; name other queues by --queues.",
    details: ids.length === 1 ? { id } : { ids },
  });
}
