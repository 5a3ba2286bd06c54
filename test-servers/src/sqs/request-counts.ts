import type { SqsBody, SqsCall, SqsLayer } from "./protocol/sqs-call.ts";

/** The number of requests, which AWS would charge for. */
export interface RequestCounts {
  /** By action: `{ SendMessageBatch: 10 }`. */
  readonly byAction: Readonly<Record<string, number>>;
  readonly total: number;
  /** The same as AWS bills them: each started 64 KiB of the bodies in a request or its answer is one. */
  readonly billed: number;
}

/** What one billed request may carry, in bytes. */
const BILLED_BYTES = 65_536;

/** Counts and reports every request, refused ones too. */
export class RequestCounter {
  readonly #counts = new Map<string, number>();
  readonly #onCall: ((call: SqsCall) => void) | undefined;
  #billed = 0;

  constructor(onCall?: (call: SqsCall) => void) {
    this.#onCall = onCall;
  }

  readonly layer: SqsLayer = async (call, next) => {
    this.#counts.set(call.action, (this.#counts.get(call.action) ?? 0) + 1);
    this.#onCall?.(call);
    const answer = await next(call);
    const received = answer.status === "answer" ? bodyBytes(answer.body) : 0;
    this.#billed += Math.max(1, Math.ceil(Math.max(bodyBytes(call.body), received) / BILLED_BYTES));
    return answer;
  };

  counts(): RequestCounts {
    const total = [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
    return { byAction: Object.fromEntries(this.#counts), total, billed: this.#billed };
  }

  reset(): void {
    this.#counts.clear();
    this.#billed = 0;
  }
}

/** The messages of a batch or of an answer, or the request's own message. */
function bodyBytes({ MessageBody, Entries = [], Messages = [] }: SqsBody): number {
  const messages = [{ MessageBody }, ...(Entries as readonly SqsBody[]), ...(Messages as readonly SqsBody[])];
  const bodies = messages.map(({ MessageBody: sent, Body: received }) => sent ?? received);
  return bodies.reduce<number>(
    (sum, body) => sum + (typeof body === "string" ? Buffer.byteLength(body) : 0),
    0,
  );
}
