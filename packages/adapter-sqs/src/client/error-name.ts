import { readErrorText } from "@jobs/core/runtime";
import { UNREADABLE } from "./check-answer.ts";

/** Error names for a missing queue. */
const MISSING = new Set(["QueueDoesNotExist", "NonExistentQueue"]);

/** Error names for an unknown key. Right after its creation, not all of AWS may know it. */
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

/** The SDK corrects its clock after such an answer, and the next request succeeds. */
const SKEWED = new Set(["RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed"]);

const LOST_LEASE = new Set(["InvalidParameterValue", "MessageNotInflight", "ReceiptHandleIsInvalid"]);

/** The meaning of an error's name. */
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
 * The name of an error of SQS in any of its forms: `QueueDoesNotExist`, `AWS.SimpleQueueService.NonExistentQueue`,
 * `com.amazonaws.sqs#QueueDoesNotExist`.
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

/** Whether the credentials may be too new to be known. */
export function isUnknownKey(error: unknown): boolean {
  return UNKNOWN_KEY.has(errorName(error));
}

/** Whether the code of an entry means that its receipt is not valid any more. */
export function isLostLease(code: string): boolean {
  return LOST_LEASE.has(code);
}
