import { sleep, systemClock } from "@jobs/core/runtime";
import type { EntryAnswer } from "./entry-answer.ts";

/** The first pause before failed entries are sent again, in ms; it doubles, with jitter. */
const FIRST_PAUSE_MS = 50;

/** The longest of these pauses, in ms: there is not much time for few. */
const MAX_PAUSE_MS = 400;

/** With less time left nothing is sent again, in ms: a try without an answer would put a clear refusal in doubt. */
const LEAST_MS = 1_000;

/** Asks again for what has failed and may be repeated, until it is done or there is no time left. Answer i is for entry i. */
export async function retryFailedEntries<Entry>(
  entries: readonly Entry[],
  giveUpAt: number,
  ask: (entries: readonly Entry[]) => Promise<readonly EntryAnswer[]>,
): Promise<readonly EntryAnswer[]> {
  const answers: EntryAnswer[] = [];
  let open = [...entries.keys()];
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    const got = await ask(open.map((index) => entries[index] as Entry));
    open.forEach((index, place) => {
      answers[index] = got[place] as EntryAnswer;
    });
    open = open.filter((index) => isRepeatable(answers[index]));
    const jittered = pauseMs * (0.5 + Math.random());
    if (open.length === 0 || systemClock.monotonic() + jittered + LEAST_MS > giveUpAt) return answers;
    await sleep(systemClock, jittered);
  }
}

function isRepeatable(answer: EntryAnswer | undefined): boolean {
  return answer?.status === "failed" && answer.mayRepeat;
}
