import type { SqsCall, SqsLayer } from "./protocol/sqs-call.ts";

/** The number of requests, which AWS would charge for. */
export interface RequestCounts {
  /** By action: `{ SendMessageBatch: 10 }`. */
  readonly byAction: Readonly<Record<string, number>>;
  readonly total: number;
}

/** Counts and reports every request, refused ones too. */
export class RequestCounter {
  readonly #counts = new Map<string, number>();
  readonly #onCall: ((call: SqsCall) => void) | undefined;

  constructor(onCall?: (call: SqsCall) => void) {
    this.#onCall = onCall;
  }

  readonly layer: SqsLayer = (call, next) => {
    this.#counts.set(call.action, (this.#counts.get(call.action) ?? 0) + 1);
    this.#onCall?.(call);
    return next(call);
  };

  counts(): RequestCounts {
    const total = [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
    return { byAction: Object.fromEntries(this.#counts), total };
  }

  reset(): void {
    this.#counts.clear();
  }
}
