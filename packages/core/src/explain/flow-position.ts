import { peekPages } from "../broker/peek-pages.ts";
import type { MessageState } from "../broker/stored-message.ts";
import { readEnvelope } from "../envelope/decode.ts";
import type { Envelope } from "../envelope/envelope.ts";
import { valuesOfGroup } from "../flow/continue-flow.ts";
import { unsentAfter } from "../results/keep-results.ts";
import type { StoredJob } from "./find-job.ts";
import type { ExplainSources } from "./sources.ts";
import type { EvidenceList } from "./wording.ts";

/** Ids of later steps are made from earlier ones, as UUIDs of version 8. */
const DERIVED = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether an id has the form of a later step of a flow. */
export function mayBeStep(id: string): boolean {
  return DERIVED.test(id);
}

/** At most so many jobs of a queue and state are read, in pages of so many. */
const MAX_READ = 1_000;
const PAGE = 100;

const STATES: readonly MessageState[] = ["ready", "delayed", "leased", "dead"];

/** The stored jobs that a later step waits for. */
export interface EarlierJobs {
  readonly jobs: readonly StoredJob[];
  /** Whether all stored jobs were read. */
  readonly isWhole: boolean;
}

/** Finds the stored jobs of a flow whose end leads to the step with this id. */
export async function findEarlierStep(
  id: string,
  sources: ExplainSources,
  evidence: EvidenceList,
): Promise<EarlierJobs> {
  const jobs: StoredJob[] = [];
  let isWhole = true;
  for (const name of sources.queues) {
    const queue = await sources.openQueue(name);
    if (queue.capabilities.peek !== true) continue;
    for (const state of STATES) {
      let hasMore = false;
      for await (const page of peekPages(queue, { state, pageSize: PAGE, limit: MAX_READ })) {
        for (const message of page.messages) {
          const envelope = readEnvelope(message, sources.config.worker.codecs);
          if (envelope !== undefined && leadsTo(envelope, id))
            jobs.push({ kind: "stored", name, queue, message, envelope });
        }
        hasMore = page.nextCursor !== undefined;
      }
      if (hasMore) isWhole = false;
    }
  }
  await addGroup(jobs, sources, evidence);
  return { jobs, isWhole };
}

function leadsTo(envelope: Envelope, id: string): boolean {
  return envelope.chain !== undefined && unsentAfter(envelope).some((step) => step.id === id);
}

/** How many members of the group have ended. */
async function addGroup(
  [first]: readonly StoredJob[],
  { appCoordination: { coordination } }: ExplainSources,
  evidence: EvidenceList,
): Promise<void> {
  const { join, chainStartedAt, enqueuedAt = "" } = first?.envelope ?? {};
  if (join === undefined || coordination === undefined) return;
  const ended = await coordination.count(valuesOfGroup(chainStartedAt ?? enqueuedAt, join.id));
  evidence.add("flow", `${ended} of ${join.size} members of the group ${join.id} have ended`);
}
