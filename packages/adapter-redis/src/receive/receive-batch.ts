import type { Delivery, SettleResult } from "@jobs/core/broker";
import { systemClock } from "@jobs/core/runtime";
import { readForm, type StoredForm, storedBody } from "../codec/job-form.ts";
import { toMessageId } from "../queue/message-key.ts";
import { COUNT_FIELDS, DELIVERY_FIELDS, FORM_FIELDS } from "../scripts/receive-batch.lua.ts";
import { formatReceipt } from "./receipt.ts";

/** The result of one batch of a consumer. */
export interface ReceiveBatch {
  readonly settled: readonly SettleResult[];
  readonly received: readonly Delivery[];
  /** Time until the next delayed message is due, in ms; `Infinity` without one. */
  readonly nextDueMs: number;
  /** The end of the lease of a job that is handed over during the wait after this batch, on the monotonic clock. */
  readonly leaseUntil: number;
  /** Whether the next batch should continue the sweep. */
  readonly isSweeping: boolean;
  /** What a warning or an error has to say about the queue, as the script writes it. */
  readonly notice: string | undefined;
}

/** A batch that did nothing. */
export const EMPTY_BATCH: ReceiveBatch = {
  settled: [],
  received: [],
  nextDueMs: Number.POSITIVE_INFINITY,
  leaseUntil: 0,
  isSweeping: false,
  notice: undefined,
};

/** The answer of the script. Indexes are counted from 1, and each delivery has {@link DELIVERY_FIELDS} fields. */
export type ReceiveBatchAnswer = readonly [
  lost: readonly number[],
  taken: readonly (string | number)[],
  nextDueMs: number,
  isSweeping: number,
  notice?: string | null,
  forms?: readonly string[],
  counts?: readonly number[],
  handed?: string | null,
];

/** What the deliveries of an answer name by a number. */
interface SharedFacts {
  readonly forms: readonly StoredForm[];
  readonly counts: readonly number[];
}

/** The facts about a request that are needed to read its answer. */
export interface RequestedBatch {
  /** How many settlements it contains. */
  readonly settlements: number;
  /** The common part of the tokens of its leases. */
  readonly token: string;
  readonly leaseUntil: number;
  /** The same for a job that was handed to the consumer before. */
  readonly handedUntil: number;
}

/** Converts the answer of the script. */
export function readReceiveBatch(answer: ReceiveBatchAnswer, asked: RequestedBatch): ReceiveBatch {
  const [lost, taken, nextDueMs, isSweeping, notice, forms = [], counts = [], handed] = answer;
  const settled: SettleResult[] = new Array(asked.settlements).fill(SETTLED);
  for (const position of lost) settled[position - 1] = LOST;
  const received: Delivery[] = [];
  const shared = { forms: readForms(forms), counts };
  for (let at = 0; at < taken.length; at += DELIVERY_FIELDS)
    received.push(readDelivery(taken, at, asked, shared));
  if (handed) received.push(readHanded(handed, asked.handedUntil));
  return {
    settled,
    received,
    nextDueMs: nextDueMs < 0 ? EMPTY_BATCH.nextDueMs : nextDueMs,
    leaseUntil: asked.leaseUntil,
    isSweeping: isSweeping === 1,
    notice: notice ?? undefined,
  };
}

function readForms(texts: readonly string[]): readonly StoredForm[] {
  const forms: StoredForm[] = [];
  for (let at = 0; at < texts.length; at += FORM_FIELDS)
    forms.push(readForm(texts[at] ?? "", texts[at + 1] ?? ""));
  return forms;
}

function readDelivery(
  taken: readonly (string | number)[],
  at: number,
  { token, leaseUntil }: RequestedBatch,
  { forms, counts }: SharedFacts,
): Delivery {
  const storedId = taken[at] as string;
  const data = taken[at + 1] as string;
  const timestamp = taken[at + 2] as string;
  const form = forms[(taken[at + 3] as number) - 1] as StoredForm;
  const countsAt = ((taken[at + 4] as number) - 1) * COUNT_FIELDS;
  const messageId = toMessageId(storedId);
  return {
    messageId,
    body: storedBody(form, { id: messageId, data, timestamp }),
    deliveryCount: counts[countsAt] ?? 1,
    failureCount: counts[countsAt + 1] ?? 0,
    crashCount: counts[countsAt + 2] ?? 0,
    leaseUntil,
    receipt: formatReceipt({ storedId, token }),
  };
}

/** The form that the last handed job had. Many in a row have the same. */
let lastForm: { readonly name: string; readonly opts: string; readonly form: StoredForm } | undefined;

/** A job that was handed to a consumer, as the script of its enqueue writes it. It was never leased before. */
export function readHanded(text: string, leaseUntil: number): Delivery {
  const [token = "", storedId = "", timestamp = "", opts = "", name = ""] = text.split("\n", HANDED_FIELDS);
  const data = text.slice(
    token.length + storedId.length + timestamp.length + opts.length + name.length + HANDED_FIELDS,
  );
  if (lastForm?.name !== name || lastForm.opts !== opts)
    lastForm = { name, opts, form: readForm(name, opts) };
  const messageId = toMessageId(storedId);
  return {
    messageId,
    body: storedBody(lastForm.form, { id: messageId, data, timestamp }),
    deliveryCount: 1,
    failureCount: 0,
    crashCount: 0,
    leaseUntil,
    receipt: formatReceipt({ storedId, token }),
  };
}

/** Its fields before the data, each of which ends with a line break. */
const HANDED_FIELDS = 5;

const SETTLED: SettleResult = { status: "settled" };
const LOST: SettleResult = { status: "lost" };

/** How long a receive still waits for an answer after the abort, in ms. */
const ABORT_GRACE_MS = 300;

/**
 * Waits for `pending` until shortly after `ended` aborts. Without an answer by then it resolves with the value of
 * `onLeft`. Leases that the answer would have brought expire.
 */
export function abortable<T>(pending: Promise<T>, ended: AbortSignal, onLeft: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    let cancel = () => {};
    const abandon = () => {
      cancel = systemClock.schedule(ABORT_GRACE_MS, () => resolve(onLeft()));
    };
    const forget = () => {
      cancel();
      ended.removeEventListener("abort", abandon);
    };
    const fail = (error: unknown) => {
      forget();
      if (ended.aborted) resolve(onLeft());
      else reject(error);
    };
    ended.addEventListener("abort", abandon, { once: true });
    pending.then((answer) => {
      forget();
      resolve(answer);
    }, fail);
  });
}
