import { readErrorText } from "@jobs/core/runtime";
import { UNREADABLE } from "./check-answer.ts";

/** Names that mean that the queue is not there. */
const MISSING = new Set(["QueueDoesNotExist", "NonExistentQueue"]);

/** Names that mean that the key is not known: right after it was made, AWS may not know it everywhere yet. */
const UNKNOWN_KEY = new Set(["InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"]);

const ACCESS = new Set([
  ...UNKNOWN_KEY,
  "AccessDenied",
  "AccessDeniedException",
  "AuthFailure",
  "CredentialsProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "IncompleteSignature",
  "InvalidSecurity",
  "KmsAccessDenied",
  "MissingAuthenticationToken",
  "NotAuthorized",
  "OptInRequired",
  "SignatureDoesNotMatch",
  "TokenProviderError",
]);

const THROTTLED = new Set([
  "KmsThrottled",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "TooManyRequestsException",
]);

/** The SDK corrects its clock by such an answer, and the next request is right. */
const SKEWED = new Set(["RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed"]);

const LOST_LEASE = new Set(["InvalidParameterValue", "MessageNotInflight", "ReceiptHandleIsInvalid"]);

/** What an error's name means, as far as it makes a difference. */
export type ErrorKind =
  | "unreadable"
  | "missing_queue"
  | "access"
  | "throttled"
  | "skewed"
  | "over_limit"
  | "purging"
  | "other";

/**
 * The name of an error of SQS, whichever of its forms it came in: `QueueDoesNotExist`,
 * `AWS.SimpleQueueService.NonExistentQueue`, `com.amazonaws.sqs#QueueDoesNotExist`.
 */
export function errorName(error: unknown): string {
  const name = readErrorText(error, "name") ?? "";
  return plainName(name);
}

/** The last part of a name or code. */
export function plainName(name: string): string {
  return name.slice(Math.max(name.lastIndexOf("."), name.lastIndexOf("#")) + 1);
}

/** What a plain name means. */
export function errorKind(name: string): ErrorKind {
  if (name === UNREADABLE) return "unreadable";
  if (MISSING.has(name)) return "missing_queue";
  if (ACCESS.has(name)) return "access";
  if (THROTTLED.has(name)) return "throttled";
  if (SKEWED.has(name)) return "skewed";
  if (name === "OverLimit") return "over_limit";
  return name === "PurgeQueueInProgress" ? "purging" : "other";
}

/** Whether the credentials may only be too new to be known. */
export function isUnknownKey(error: unknown): boolean {
  return UNKNOWN_KEY.has(errorName(error));
}

/** Whether a plain code of one entry says that its receipt is good for nothing any more. */
export function isLostLease(code: string): boolean {
  return LOST_LEASE.has(code);
}
