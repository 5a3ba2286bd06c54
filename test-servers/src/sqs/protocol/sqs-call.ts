/** A JSON object of SQS's protocol. */
export type SqsBody = Readonly<Record<string, unknown>>;

/** One incoming request. */
export interface SqsCall {
  /** `SendMessageBatch`, without the prefix of the protocol. */
  readonly action: string;
  /** The region that the request was signed for. */
  readonly region: string;
  readonly body: SqsBody;
}

/** The answer, or a cut connection. */
export type SqsAnswer =
  | {
      readonly status: "answer";
      /** Of HTTP. */
      readonly code: number;
      readonly body: SqsBody;
      /** The name of an error in the older query protocol, where it does not follow from the body. */
      readonly queryName?: string;
    }
  | { readonly status: "cut" };

/** Answers calls. Layers in front of it may change calls and answers. */
export type SqsService = (call: SqsCall) => Promise<SqsAnswer>;

/** One concern in front of a service. */
export type SqsLayer = (call: SqsCall, next: SqsService) => Promise<SqsAnswer>;

/** A call that was done. */
export function done(body: SqsBody): SqsAnswer {
  return { status: "answer", code: 200, body };
}
