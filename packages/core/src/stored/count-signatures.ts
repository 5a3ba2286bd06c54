import type { BrokerQueue } from "../broker/broker.ts";
import { scanPages } from "../broker/peek-pages.ts";
import type { MessageState } from "../broker/stored-message.ts";
import { CODEC_NAMES, type CodecName } from "../envelope/codecs/codecs.ts";
import { type CountedJob, enqueueTimeOf, readCountedJob } from "../envelope/decode.ts";
import { isNextGroup, type NextStep, useOfId } from "../envelope/envelope.ts";
import { optionsCheck } from "../options/check-options.ts";
import { boolean, either, endless, listOf, oneOf, whole } from "../options/option-rules.ts";
import { BySignature, type TaskAndSig } from "./by-signature.ts";

/** The states of jobs that a worker of the new release will meet. */
export const WAITING_STATES = ["ready", "delayed", "dead"] as const satisfies readonly MessageState[];

/** One of {@link WAITING_STATES}. */
export type WaitingState = (typeof WAITING_STATES)[number];

/**
 * The messages of one request. Redis answers nobody else meanwhile, for 10 ms. Smaller pages are slower on a busy
 * machine.
 */
export const SCAN_PAGE = 2_500;

/** Which stored jobs to count. */
export interface CountSignaturesOptions {
  /** Default: ready, delayed and dead. Leased jobs run already. */
  readonly states?: readonly MessageState[] | undefined;
  /** How bodies of other systems are read. Default: not at all. */
  readonly codecs?: readonly CodecName[] | undefined;
  /** At most this many jobs of each state, the first in its order. Default: all. */
  readonly sample?: number | undefined;
  /**
   * Only jobs that were enqueued before this moment, in ms since 1970. A job of a flow counts with the start of its flow,
   * since its parameters are of that time. Jobs of other systems have no time, and count always. Default: all jobs.
   */
  readonly enqueuedBefore?: number | undefined;
  /**
   * Whether later steps of flows count too, in the state of the job that carries them. Each line of a group carries the
   * steps after it, so these count several times. Default false.
   */
  readonly hasSteps?: boolean | undefined;
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
  enqueuedBefore: either(whole(0), endless),
  hasSteps: boolean,
});

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
  const { states = WAITING_STATES, codecs = [], sample, hasSteps = false } = options;
  const { enqueuedBefore = Number.POSITIVE_INFINITY } = options;
  const counts: SignatureCount[] = [];
  let isComplete = true;
  for (const state of states) {
    const bySignature = new BySignature((named) => ({ state, ...named, count: 0 }));
    const limit = sample === undefined ? {} : { limit: sample };
    let end: string | undefined;
    for await (const page of scanPages(queue, { state, pageSize: SCAN_PAGE, ...limit })) {
      for (const message of page.messages) {
        const job = readCountedJob(message, codecs);
        if (!isBefore(job, enqueuedBefore)) continue;
        bySignature.of(job).count++;
        if (hasSteps && job !== undefined) for (const step of laterSteps(job)) bySignature.of(step).count++;
      }
      end = page.nextCursor;
    }
    if (end !== undefined) isComplete = false;
    counts.push(...[...bySignature.values()].sort((one, other) => other.count - one.count));
  }
  return { counts, isComplete };
}

function isBefore(job: CountedJob | undefined, moment: number): boolean {
  if (moment === Number.POSITIVE_INFINITY || job === undefined) return true;
  return enqueueTimeOf(job) === undefined || useOfId(job) < moment;
}

/** The jobs that are sent when this one, and those after it, have succeeded. */
function* laterSteps({ next = [], join }: Pick<CountedJob, "next" | "join">): Generator<TaskAndSig> {
  for (const step of next) yield* jobsOf(step);
  if (join !== undefined) yield* laterSteps(join);
}

function* jobsOf(step: NextStep): Generator<TaskAndSig> {
  if (!isNextGroup(step)) yield step;
  else for (const line of step.group) for (const inner of line) yield* jobsOf(inner);
}
