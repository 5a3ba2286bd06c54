import type { BrokerQueue } from "../broker/broker.ts";
import { scanPages } from "../broker/peek-pages.ts";
import type { MessageState } from "../broker/stored-message.ts";
import { CODEC_NAMES, type CodecName } from "../envelope/codecs/codecs.ts";
import { readTaskAndSig, type TaskAndSig } from "../envelope/decode.ts";
import { optionsCheck } from "../options/check-options.ts";
import { listOf, oneOf, whole } from "../options/option-rules.ts";

/** The messages of one request. Larger pages are not faster, and Redis would not answer others meanwhile. */
const SCAN_PAGE = 1_000;

/** Which stored jobs to count. */
export interface CountSignaturesOptions {
  /** Default: ready, delayed and dead. Leased jobs run already. */
  readonly states?: readonly MessageState[] | undefined;
  /** How bodies of other systems are read. Default: not at all. */
  readonly codecs?: readonly CodecName[] | undefined;
  /** At most this many jobs of each state, the first in its order. Default: all. */
  readonly sample?: number | undefined;
}

/** The number of jobs of one signature in one state of a queue. */
export interface SignatureCount {
  readonly state: MessageState;
  /** `null` where the body cannot be read. */
  readonly task: string | null;
  /** As the envelope has it; empty for a job of another system, or of a task without parameters. */
  readonly sig: string | null;
  readonly count: number;
}

/** The signatures of a queue's jobs. */
export interface SignatureCounts {
  /** By state, then the most frequent first. */
  readonly counts: readonly SignatureCount[];
  /** Whether every job of these states was counted. False if the sample was too small for all. */
  readonly isComplete: boolean;
}

const checkOptions = optionsCheck<CountSignaturesOptions>({
  states: listOf("states", oneOf("ready", "delayed", "leased", "dead")),
  codecs: listOf("codecs", oneOf(...CODEC_NAMES)),
  sample: whole(1),
});

/** The states of jobs that a worker of a new release will meet. */
const WAITING_STATES: readonly MessageState[] = ["ready", "delayed", "dead"];

/**
 * Counts the stored jobs of a queue by task and signature, without leasing or changing one. A job that moves to another
 * state meanwhile may be counted twice or not at all.
 * @throws ConfigError for options that cannot be used · UnsupportedError for a state that the queue cannot show ·
 * BrokerUnavailableError
 */
export async function countSignatures(
  queue: Pick<BrokerQueue, "peek" | "scan">,
  options: CountSignaturesOptions = {},
): Promise<SignatureCounts> {
  checkOptions(options, "countSignatures: options");
  const { states = WAITING_STATES, codecs = [], sample } = options;
  const counts: SignatureCount[] = [];
  let isComplete = true;
  for (const state of states) {
    const counter = new SignatureCounter(state);
    const limit = sample === undefined ? {} : { limit: sample };
    let end: string | undefined;
    for await (const page of scanPages(queue, { state, pageSize: SCAN_PAGE, ...limit })) {
      for (const message of page.messages) counter.add(readTaskAndSig(message, codecs));
      end = page.nextCursor;
    }
    if (end !== undefined) isComplete = false;
    counts.push(...counter.counts());
  }
  return { counts, isComplete };
}

/** Counts jobs by task, then by signature. */
class SignatureCounter {
  readonly #state: MessageState;
  readonly #tasks = new Map<string | null, Map<string | null, number>>();

  constructor(state: MessageState) {
    this.#state = state;
  }

  add(job: TaskAndSig | undefined): void {
    const { task, sig } = job ?? { task: null, sig: null };
    const sigs = this.#tasks.get(task) ?? new Map<string | null, number>();
    this.#tasks.set(task, sigs);
    sigs.set(sig, (sigs.get(sig) ?? 0) + 1);
  }

  counts(): readonly SignatureCount[] {
    const all = [...this.#tasks].flatMap(([task, sigs]) =>
      [...sigs].map(([sig, count]) => ({ state: this.#state, task, sig, count })),
    );
    return all.sort((one, other) => other.count - one.count);
  }
}
