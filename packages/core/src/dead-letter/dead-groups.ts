import type { BrokerQueue } from "../broker/broker.ts";
import { peekPages } from "../broker/peek-pages.ts";
import type { DeadReason } from "../broker/settlement.ts";
import type { StoredMessage } from "../broker/stored-message.ts";
import { readEnvelope } from "../envelope/decode.ts";
import type { SerializedError } from "../errors/serialized-error.ts";
import { optionsCheck } from "../options/check-options.ts";
import { listOf, nested, oneOf, text, textOrEmpty, whole } from "../options/option-rules.ts";
import type { JobRules } from "../stored/accept-stored.ts";

/** What dead letters can share. */
export interface DeadKey {
  readonly reason: DeadReason | "unknown";
  /** Of a body that cannot be read: what its sender named. */
  readonly task: string;
  /** The signature of the producer; `null` of a body that cannot be read. */
  readonly signature: string | null;
}

/** The parts of a {@link DeadKey}. */
export const DEAD_KEY_PARTS = ["reason", "task", "signature"] as const satisfies readonly (keyof DeadKey)[];

/** Which dead letters: those with all of these. Default: all. */
export type DeadFilter = { readonly [Part in keyof DeadKey]?: string | undefined };

/** Dead letters that share some parts of their key; the other parts are left out. */
export interface DeadGroup extends Partial<DeadKey> {
  readonly count: number;
  /** Since when they are dead, in ms since 1970. */
  readonly oldestAt: number;
  readonly newestAt: number;
  /** The error of the newest, if it has one. */
  readonly error: SerializedError | undefined;
  /** Ids of the newest. */
  readonly sample: readonly string[];
}

/** Dead letters in one request. */
const PAGE = 500;

/** Ids that a group names. */
const SAMPLE = 20;

/** The {@link DeadKey} of a dead letter. */
export function deadKey(message: StoredMessage, app: Pick<JobRules, "config">): DeadKey {
  const envelope = readEnvelope(message, app.config.worker.codecs);
  return {
    reason: message.dead?.reason ?? "unknown",
    task: envelope?.task ?? message.label,
    signature: envelope?.sig ?? null,
  };
}

/** Whether a filter means a dead letter with this key. */
export function fitsFilter(key: DeadKey, filter: DeadFilter): boolean {
  return DEAD_KEY_PARTS.every((part) => filter[part] === undefined || filter[part] === key[part]);
}

/** How dead letters are grouped. */
export interface GroupOptions {
  /** What those of a group share. Default: all parts. */
  readonly by?: readonly (keyof DeadKey)[] | undefined;
  readonly filter?: DeadFilter | undefined;
  /** At most this many are read. Default: all. */
  readonly limit?: number | undefined;
}

/** The rule of a {@link DeadFilter}. */
export const FILTER_RULE = nested(
  optionsCheck<DeadFilter>({ reason: text, task: text, signature: textOrEmpty }),
);

const checkOptions = optionsCheck<GroupOptions>({
  by: listOf("parts", oneOf(...DEAD_KEY_PARTS)),
  filter: FILTER_RULE,
  limit: whole(1),
});

/**
 * Groups the dead letters of a queue. It keeps sums only, since thousands of messages would fill the memory.
 * `isPartial`: some were not read.
 * @throws UnsupportedError where dead letters cannot be read · ConfigError for options that cannot be used
 */
export async function groupDeadLetters(
  queue: Pick<BrokerQueue, "peek">,
  app: Pick<JobRules, "config">,
  options: GroupOptions = {},
): Promise<{ readonly groups: readonly DeadGroup[]; readonly isPartial: boolean }> {
  checkOptions(options, "groupDeadLetters: options");
  const { by = DEAD_KEY_PARTS, filter = {}, limit } = options;
  const groups = new Map<string, DeadGroup>();
  let isPartial = false;
  const pages = { state: "dead", pageSize: PAGE, ...(limit === undefined ? {} : { limit }) } as const;
  for await (const page of peekPages(queue, pages)) {
    for (const message of page.messages) {
      const key = deadKey(message, app);
      if (!fitsFilter(key, filter)) continue;
      const shared = Object.fromEntries(by.map((part) => [part, key[part]])) as Partial<DeadKey>;
      const name = JSON.stringify(shared);
      groups.set(name, withMessage(groups.get(name) ?? { ...shared, ...EMPTY }, message));
    }
    isPartial = page.nextCursor !== undefined;
  }
  return { groups: [...groups.values()], isPartial };
}

const EMPTY = {
  count: 0,
  oldestAt: Number.POSITIVE_INFINITY,
  newestAt: Number.NEGATIVE_INFINITY,
  error: undefined,
  sample: [],
};

/** The group with one more dead letter. They come in the order of the broker, the newest last. */
function withMessage(group: DeadGroup, { messageId, dead, dueAt }: StoredMessage): DeadGroup {
  const at = dead?.at ?? dueAt;
  return {
    ...group,
    count: group.count + 1,
    oldestAt: Math.min(group.oldestAt, at),
    newestAt: Math.max(group.newestAt, at),
    error: dead?.error,
    sample: [...group.sample, messageId].slice(-SAMPLE),
  };
}
