import { BrokerUnavailableError, ConfigError, isJobsError, type JobsError } from "@jobs/core";
import { AccessDeniedError, type BrokerTarget, connectionCause, isUntrustedServer } from "@jobs/core/broker";
import { isError } from "@jobs/core/runtime";

/** The name of this broker in errors and settings. */
export const KIND = "redis";

/** Answers of a server that refuses the connection's credentials. */
const ACCESS: Readonly<Record<string, readonly [meaning: string, hint: string]>> = {
  NOAUTH: [
    "it needs a password, and none is given",
    "Write it into the url: redis://user:password@host:port.",
  ],
  WRONGPASS: ["user or password is wrong", "Correct user and password of the url, or the ACL of the server."],
  NOPERM: [
    "the user is not permitted to do this",
    "Grant the user the command and the keys: ACL LIST shows both.",
  ],
};

/** Error codes of temporary faults, and their meaning. */
const PASSING: typeof ACCESS = {
  OOM: ["it has reached its maxmemory and stores nothing more", "Let workers drain it, or raise maxmemory."],
  READONLY: ["it is a replica that takes no writes", "Connect to the primary, or name the Sentinels."],
  LOADING: ["it is still loading its data", "Wait until it has started."],
  MISCONF: ["it cannot save to its disk and so takes no writes", "Look into its log, and at its disk."],
  MASTERDOWN: ["it is a replica that has lost its primary", "Wait for the failover."],
  CLUSTERDOWN: ["its cluster is not complete", "Look at CLUSTER INFO."],
  TRYAGAIN: ["its cluster is moving these keys", "Try again shortly."],
  BUSY: ["it is running a script that does not end", "Look for scripts of other programs."],
  NOREPLICAS: ["it has too few replicas to take writes", "Look at its replicas."],
};

/** Error codes of permanent faults, and their meaning. */
const LASTING: typeof PASSING = {
  WRONGTYPE: [
    "a key of this queue holds something else than BullMQ has there",
    "Start anew, which names the key; rename or delete it.",
  ],
};

/** The call that failed. */
export interface Circumstances extends BrokerTarget {
  /** Whether Redis may have done it. */
  readonly maybeDone: boolean;
  /** The address of Redis, as {@link addressOf} writes it. */
  readonly address: string;
  /** How long an answer was waited for, in ms. */
  readonly waitedMs?: number | undefined;
}

/** Converts an error of the driver or of Redis. It never quotes the server's text, which may contain values. */
export function redisFault(error: unknown, circumstances: Circumstances): JobsError {
  if (isJobsError(error)) return error;
  const { maybeDone, address, waitedMs, ...target } = circumstances;
  const database = refusedDatabase(error);
  const code = answerCode(error);
  forgetArguments(error);
  if (database !== undefined && !(code !== undefined && (code in ACCESS || code in PASSING))) {
    return new ConfigError(`redis: the server ${address} has no database ${database}.`, {
      hint: "Use an existing one: CONFIG GET databases shows the number. A cluster has only 0.",
      cause: error,
    });
  }
  if (isUntrustedServer(error)) {
    return new AccessDeniedError(target, `the certificate of ${address} is not trusted.`, {
      cause: error,
      hint: "Name its authority: connection: { tls: { ca } }, or NODE_EXTRA_CA_CERTS.",
    });
  }
  if (code === undefined) {
    const { text, hint } = connectionCause(error, waitedMs);
    return new BrokerUnavailableError(target, `no connection to Redis at ${address}: ${text}.`, {
      cause: error,
      hint,
      maybeSent: maybeDone,
    });
  }
  const access = ACCESS[code];
  if (access !== undefined) {
    return new AccessDeniedError(target, `Redis at ${address} refuses access: ${access[0]} (${code}).`, {
      cause: error,
      hint: access[1],
    });
  }
  const [meaning, hint] = PASSING[code] ??
    LASTING[code] ?? ["it refused the command", "The error's cause has its answer."];
  return new BrokerUnavailableError(target, `Redis at ${address} answers ${code}: ${meaning}.`, {
    cause: error,
    hint,
    retryable: code in PASSING,
  });
}

/** The database that could not be selected. The driver would continue with another one. */
export function refusedDatabase(error: unknown): string | undefined {
  if (answerCode(error) === undefined) return undefined;
  const { command } = error as {
    readonly command?: { readonly name?: string; readonly args?: readonly unknown[] };
  };
  return command?.name === "select" ? String(command.args?.[0]) : undefined;
}

/** The driver adds the whole command to its errors, with passwords and bodies of jobs. */
function forgetArguments(error: unknown): void {
  if (isError(error) && "command" in error) Reflect.deleteProperty(error, "command");
}

/** Whether server or client refused the other, so that waiting does not help. */
export function isAccessFault(error: unknown): boolean {
  const code = answerCode(error);
  return isUntrustedServer(error) || (code !== undefined && code in ACCESS);
}

/** The first word of an error of Redis; `undefined` without an answer. */
export function answerCode(error: unknown): string | undefined {
  if (!isError(error) || error.name !== "ReplyError") return undefined;
  return /^[A-Z]+/.exec(error.message)?.[0] ?? "ERR";
}
