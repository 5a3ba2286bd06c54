import { BrokerUnavailableError, ConfigError, isJobsError, type JobsError } from "@jobs/core";
import {
  AccessDeniedError,
  type BrokerTarget,
  connectionCause,
  QueueNotFoundError,
  systemCode,
} from "@jobs/core/broker";
import { isError } from "@jobs/core/runtime";
import { type ErrorKind, errorKind, errorName } from "./error-name.ts";

/** The name of this broker in errors and settings. */
export const KIND = "sqs";

/** The request that failed. */
export interface Circumstances extends BrokerTarget {
  /** Whether it was a send, which may be done although no answer came. */
  readonly isSend: boolean;
  /** `region eu-west-1`, with the endpoint if it is not AWS's own, for a queue in another place. */
  readonly where: string;
  /** How long an answer was waited for, in ms. */
  readonly waitedMs?: number;
}

/** Network errors before the request was sent, so that nothing arrived. */
const NEVER_ARRIVED = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/** The cause and the fix of the errors of access. */
const ACCESS: Readonly<Record<string, readonly [meaning: string, hint: string]>> = {
  CredentialsProviderError: [
    "no credentials are found",
    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the machine a role.",
  ],
  ExpiredToken: ["the credentials have expired", "Get new ones, for example by aws sso login."],
  InvalidClientTokenId: ["the access key is not known there", "Correct the access key, or the region."],
  SignatureDoesNotMatch: ["the secret key is wrong", "Correct AWS_SECRET_ACCESS_KEY."],
};

const SAME_AS: Readonly<Record<string, string>> = {
  ExpiredTokenException: "ExpiredToken",
  InvalidAccessKeyId: "InvalidClientTokenId",
  InvalidSecurity: "InvalidClientTokenId",
  TokenProviderError: "ExpiredToken",
  UnrecognizedClientException: "InvalidClientTokenId",
};

const DENIED: (typeof ACCESS)[string] = [
  "these credentials have no permission",
  "Check credentials, region and the policy: jobs infra print --format iam --region REGION shows what is needed.",
];

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
  return new BrokerUnavailableError(target, `SQS in ${circumstances.where} answers ${name}.`, {
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
    case "access": {
      const name = errorName(error);
      const [meaning, hint] = ACCESS[SAME_AS[name] ?? name] ?? DENIED;
      const text = `access to SQS in ${where} is refused: ${meaning} (${name}).`;
      return new AccessDeniedError(target, text, { cause: error, hint });
    }
    case "throttled":
      return new BrokerUnavailableError(target, `SQS in ${where} throttles requests.`, {
        cause: error,
        hint: "Wait, or send in larger batches; AWS can raise the quota of FIFO queues.",
      });
    case "skewed":
      return new BrokerUnavailableError(target, "this machine's clock is wrong by minutes.", {
        cause: error,
        hint: "Correct the clock of this machine, for example by NTP.",
      });
    case "over_limit":
      return new BrokerUnavailableError(target, "as many messages are in flight as SQS allows.", {
        cause: error,
        hint: "Take fewer messages at once, or let workers settle what they hold.",
      });
    case "purging":
      return new BrokerUnavailableError(target, "it is being purged, which SQS does once a minute at most.", {
        cause: error,
        hint: "Try again in a minute.",
      });
  }
}

function noAnswer(error: unknown, { broker, queue, isSend, where, waitedMs }: Circumstances): JobsError {
  const target = { broker, queue };
  if (isError(error) && error.message.startsWith("Region is missing")) {
    return new ConfigError("sqs: no region is set.", {
      hint: 'Pass sqs({ region: "eu-west-1" }), or set AWS_REGION.',
      cause: error,
    });
  }
  const { text, hint } = connectionCause(error, waitedMs);
  return new BrokerUnavailableError(target, `no connection to SQS in ${where}: ${text}.`, {
    cause: error,
    hint: `${hint} Check endpoint and region too.`,
    maybeSent: isSend && !NEVER_ARRIVED.has(systemCode(error)),
  });
}

function httpStatus(error: unknown): number | undefined {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}
