import { BrokerUnavailableError, ConfigError, isJobsError, type JobsError } from "@jobs/core";
import { AccessDeniedError, type BrokerTarget, QueueNotFoundError } from "@jobs/core/broker";
import { isError } from "@jobs/core/runtime";
import { type ErrorKind, errorKind, errorName } from "./error-name.ts";

/** The name of this broker in errors and settings. */
export const KIND = "sqs";

/** The request that failed. */
export interface Circumstances extends BrokerTarget {
  /** Whether it was a send, which may be done although no answer came. */
  readonly isSend: boolean;
  /** `region eu-west-1`, for a queue in another region. */
  readonly where: string;
}

/** Network errors before the request was sent, so that nothing arrived. */
const NEVER_ARRIVED = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** Converts an error of the SDK or of SQS. It never quotes SQS's text, which may contain values. */
export function sqsFault(error: unknown, circumstances: Circumstances): JobsError {
  if (isJobsError(error)) return error;
  const { broker, queue } = circumstances;
  const target = { broker, queue };
  const name = errorName(error);
  const status = httpStatus(error);
  // An answer that the SDK cannot parse, or an error without a name, is not from SQS.
  const kind = isNoAnswerOfSqs(name, status) ? "unreadable" : errorKind(name);
  if (name === "" || (status === undefined && kind === "other")) return noAnswer(error, circumstances);
  if (kind !== "other") return errorOfKind(kind, error, circumstances);
  const isTheirs = status !== undefined && status >= 500;
  return new BrokerUnavailableError(target, `SQS answers ${name}.`, {
    cause: error,
    hint: isTheirs ? undefined : "The error's cause has its answer.",
    retryable: isTheirs || status === 429,
  });
}

function isNoAnswerOfSqs(name: string, status: number | undefined): boolean {
  return status !== undefined && (name === "SyntaxError" || (status >= 200 && status <= 299));
}

function errorOfKind(
  kind: Exclude<ErrorKind, "other">,
  error: unknown,
  { where, broker, queue = "", isSend }: Circumstances,
): JobsError {
  const target = { broker, queue };
  switch (kind) {
    case "unreadable":
      return new BrokerUnavailableError(target, `the answer from SQS in ${where} cannot be read.`, {
        cause: error,
        hint: "Check the endpoint and the network: a proxy may have answered instead.",
        maybeSent: isSend,
      });
    case "missing_queue":
      return new QueueNotFoundError(target, where, { cause: error });
    case "access":
      return new AccessDeniedError(target, `AWS refuses access in ${where} (${errorName(error)}).`, {
        cause: error,
        hint: "Check credentials, region and the policy: jobs infra print --format iam --region REGION shows what is needed.",
      });
    case "throttled":
      return new BrokerUnavailableError(target, "SQS throttles requests.", { cause: error });
    case "skewed":
      return new BrokerUnavailableError(target, "this machine's clock is wrong by minutes.", {
        cause: error,
      });
    case "over_limit":
      return new BrokerUnavailableError(target, "as many messages are in flight as SQS allows.", {
        cause: error,
      });
    case "purging":
      return new BrokerUnavailableError(target, "it is being purged, which SQS does once a minute at most.", {
        cause: error,
        hint: "Try again in a minute.",
      });
  }
}

function noAnswer(error: unknown, { broker, queue, isSend, where }: Circumstances): JobsError {
  const target = { broker, queue };
  if (isError(error) && error.message.startsWith("Region is missing")) {
    return new ConfigError("sqs: no region is set.", {
      hint: 'Pass sqs({ region: "eu-west-1" }), or set AWS_REGION.',
      cause: error,
    });
  }
  return new BrokerUnavailableError(target, `no answer from SQS in ${where}.`, {
    cause: error,
    maybeSent: isSend && !NEVER_ARRIVED.has(systemCode(error)),
  });
}

function httpStatus(error: unknown): number | undefined {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}

/** Node's `code` has the reason for a failed connection; for several addresses it is in the first of the errors. */
function systemCode(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  const { code, errors } = error as { readonly code?: unknown; readonly errors?: readonly unknown[] };
  if (typeof code === "string") return code;
  return errors === undefined ? "" : systemCode(errors[0]);
}
