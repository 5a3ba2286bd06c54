import { describeThrown, readErrorText, toError } from "@jobs/core/runtime";
import { type Span, SpanStatusCode, type TimeInput } from "@opentelemetry/api";
import { ATTR } from "./conventions.ts";

/** The value of `error.type`: the code of an error, or else its name. It is read in the same way from a stored error. */
export function errorTypeOf(thrown: unknown): string {
  return readErrorText(thrown, "code") ?? readErrorText(thrown, "name") ?? "_OTHER";
}

/** Marks a span as failed, and records its error. `at`: default now. */
export function failSpan(span: Span, thrown: unknown, at?: TimeInput): void {
  if (!span.isRecording()) return;
  span.setAttribute(ATTR.errorType, errorTypeOf(thrown));
  span.recordException(toError(thrown), at);
  span.setStatus({ code: SpanStatusCode.ERROR, message: describeThrown(thrown) });
}
