import { isJobsError } from "@jobs/core";

/** What a response says about a request that was not served. */
export interface Refusal {
  readonly status: number;
  /** Stable, for programs: a code of `JobsError`, or one of this handler. */
  readonly code: string;
  readonly message: string;
  /** Further fields of the error in the body. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A response in JSON that no cache keeps. */
export function answer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  });
}

/** The response of a refused request. */
export function refuse({ status, code, message, details, headers }: Refusal): Response {
  return answer(status, { error: { code, message, ...details } }, headers);
}

/**
 * What a failed enqueue means for the client. `undefined`: it is no fault of the request, and no outage. Names of hosts
 * and queues stay here, so a client reads our texts in the place of those of a broker.
 */
export function refusalOf(error: unknown, retryAfterSeconds: number): Refusal | undefined {
  if (!isJobsError(error)) return undefined;
  switch (error.code) {
    case "signature_mismatch":
      return badRequest(error.code, error.message, { issues: "issues" in error ? error.issues : [] });
    case "not_json":
      return badRequest(error.code, error.message);
    case "unsupported":
      return badRequest(error.code, "The queue cannot do what an option asks for.", {
        feature: "feature" in error ? error.feature : undefined,
      });
    case "payload_too_large":
      return { status: 413, code: error.code, message: "The job is larger than the queue accepts." };
    case "broker_unavailable":
      return {
        status: 503,
        code: error.code,
        message: "The queue does not answer. Send the same id again later.",
        details: { maybeSent: "maybeSent" in error && error.maybeSent === true },
        headers: { "retry-after": String(retryAfterSeconds) },
      };
    default:
      return undefined;
  }
}

/** The request cannot be used as it is. */
export function badRequest(
  code: string,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): Refusal {
  return { status: 400, code, message, details };
}
