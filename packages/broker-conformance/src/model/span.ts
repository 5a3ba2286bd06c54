/** A point in time with limited precision: between the begin and the end of a call. Monotonic ms. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The answer to a question that depends on time. */
export type Certainty = "yes" | "no" | "maybe";

/** The span moved by `ms`, and its end by `fuzzMs` more. */
export function later(span: Span, ms: number, fuzzMs = 0): Span {
  return { from: span.from + ms, to: span.to + ms + fuzzMs };
}

/** Whether `deadline` has passed when `call` happens; the answer is uncertain within `slackMs` of it. */
export function hasPassed(deadline: Span, call: Span, slackMs: number): Certainty {
  if (call.from >= deadline.to + slackMs) return "yes";
  return call.to < deadline.from - slackMs ? "no" : "maybe";
}

export function not(certainty: Certainty): Certainty {
  if (certainty === "maybe") return "maybe";
  return certainty === "yes" ? "no" : "yes";
}
