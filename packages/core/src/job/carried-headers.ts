/** Trace headers of W3C Trace Context: what follow-up jobs inherit. */
const CARRIED_HEADERS = ["traceparent", "tracestate"] as const;

/** The part of a job's headers that jobs which come of it carry on. */
export function carriedHeaders(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of CARRIED_HEADERS) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
