import type { SqsRefusal } from "../protocol/sqs-refusal.ts";

/** The error namespace of AWS's common front end, which can refuse before SQS gets the request. */
const FRAME = "com.amazon.coral.service";

/** AWS's errors for whole requests, for faults of the kind `refusal`. */
export const REFUSALS = {
  /** The API reference of SQS has both names for too many requests. */
  throttling: {
    name: "ThrottlingException",
    message: "Rate exceeded",
    space: FRAME,
    queryName: "Throttling",
  },
  requestThrottled: {
    name: "RequestThrottled",
    message: "The request was denied due to request throttling.",
    code: 403,
  },
  internalFailure: {
    name: "InternalFailure",
    message: "We encountered an internal error. Please try again.",
    code: 500,
  },
  unavailable: { name: "ServiceUnavailable", message: "Service is unable to handle request.", code: 503 },
  invalidToken: {
    name: "UnrecognizedClientException",
    message: "The security token included in the request is invalid.",
    code: 403,
    space: FRAME,
    queryName: "InvalidClientTokenId",
  },
  expiredToken: {
    name: "ExpiredTokenException",
    message: "The security token included in the request is expired",
    code: 403,
    space: FRAME,
    queryName: "ExpiredToken",
  },
  accessDenied: {
    name: "AccessDeniedException",
    message: "User: arn:aws:iam::000000000000:user/test is not authorized to perform this action.",
    code: 403,
    space: FRAME,
    queryName: "AccessDenied",
  },
  /** 120,000 messages of a standard queue in flight. */
  overLimit: { name: "OverLimit", message: "Too many messages in flight.", code: 403 },
} as const satisfies Readonly<Record<string, SqsRefusal>>;
