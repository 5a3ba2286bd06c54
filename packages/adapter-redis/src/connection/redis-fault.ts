import { BrokerUnavailableError, ConfigError, isJobsError, type JobsError } from "@jobs/core";
import {
  AccessDeniedError,
  type BrokerTarget,
  connectionCause,
  isUntrustedServer,
  systemCode,
} from "@jobs/core/broker";
import { NAME_THE_CLUSTER } from "./check-server.ts";
import { answerCode, answerOf, forgetArguments, isNobodyThere, type RedisAnswer } from "./redis-answer.ts";

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
  DENIED: [
    "it takes connections from its own machine only",
    "Give it a password, or set protected-mode to no.",
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
  MAXCLIENTS: ["it has no connection left", "Raise maxclients, or start fewer processes."],
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

const NODE_OF_CLUSTER = [
  "is a node of a Redis Cluster, and other nodes have some of the keys",
  NAME_THE_CLUSTER,
] as const;

/** Error codes for a server of another kind than the options say. What follows is the end of a sentence. */
const MISTAKEN: typeof PASSING = {
  MOVED: NODE_OF_CLUSTER,
  ASK: NODE_OF_CLUSTER,
  CROSSSLOT: NODE_OF_CLUSTER,
  NOCLUSTER: ["is no cluster", "Name the server by url, in place of cluster."],
  NOPRIMARY: ["is not known to the Sentinels", "Correct name; SENTINEL MASTERS shows what they watch."],
  NOSENTINEL: [
    "is asked for where no Sentinel is",
    "Correct host and port of sentinels, or name the server by url.",
  ],
  UNKNOWN: [
    "lacks a command",
    "To use a Sentinel, write connection: { sentinels: [{ host, port }], name } in place of its url. A server must not rename or disable commands.",
  ],
};

/** What a node of a cluster answers while its keys are moved to another one. A client of the cluster has asked both. */
const MOVING: readonly string[] = ["MOVED", "ASK", "CROSSSLOT"];

/** Whether the answer is about the server or the user, not about what was asked. */
function isKnown(code: string): boolean {
  return code in ACCESS || code in PASSING || code in MISTAKEN;
}

/** The call that failed. */
export interface Circumstances extends BrokerTarget {
  /** Whether Redis may have done it. */
  readonly maybeDone: boolean;
  /** The address of Redis, as {@link addressOf} writes it. */
  readonly address: string;
  /** Whether the options say that it is a cluster. Default no. */
  readonly isCluster?: boolean;
  /** How long an answer was waited for, in ms. */
  readonly waitedMs?: number | undefined;
}

/** Converts an error of the driver or of Redis. It never quotes the server's text, which may contain values. */
export function redisFault(error: unknown, circumstances: Circumstances): JobsError {
  if (isJobsError(error)) return error;
  const { maybeDone, address, isCluster = false, waitedMs, ...target } = circumstances;
  const database = refusedDatabase(error);
  const answer = answerOf(error);
  forgetArguments(error);
  if (database !== undefined && !(answer !== undefined && isKnown(answer.code))) {
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
  if (answer === undefined) {
    const { text, hint } = isNobodyThere(error) ? NOBODY : connectionCause(error, waitedMs);
    const isCut = ["EPIPE", "ECONNRESET"].includes(systemCode(error));
    return new BrokerUnavailableError(target, `no connection to Redis at ${address}: ${text}.`, {
      cause: error,
      hint: isCut ? WHY_CUT : hint,
      maybeSent: maybeDone,
    });
  }
  const code = isCluster && MOVING.includes(answer.code) ? "TRYAGAIN" : answer.code;
  return refusal({ ...answer, code }, error, target, address);
}

/** A full server and a protected one say why, but the connection ends before that is read. */
const WHY_CUT = "Check the server's log, its maxclients and its protected-mode, and whether it expects TLS.";

const NOBODY = {
  text: "none of them takes a connection",
  hint: "Start them, or correct hosts and ports.",
};

function refusal(
  { code, word, command }: RedisAnswer,
  cause: unknown,
  target: BrokerTarget,
  address: string,
): JobsError {
  const access = ACCESS[code];
  if (access !== undefined) {
    const meaning = command === undefined ? access[0] : `the user may not run the command ${command}`;
    return new AccessDeniedError(target, `Redis at ${address} refuses access: ${meaning} (${word}).`, {
      cause,
      hint: access[1],
    });
  }
  const mistake = MISTAKEN[code];
  if (mistake !== undefined) {
    const meaning = code === "UNKNOWN" ? `${mistake[0]} that jobs needs: ${command}` : mistake[0];
    return new ConfigError(`redis: ${address} ${meaning} (${word}).`, { cause, hint: mistake[1] });
  }
  const [meaning, hint] = PASSING[code] ??
    LASTING[code] ?? ["it refused the command", "The error's cause has its answer."];
  return new BrokerUnavailableError(target, `Redis at ${address} answers ${word}: ${meaning}.`, {
    cause,
    hint,
    retryable: code in PASSING,
  });
}

/** The database that could not be selected. The driver would continue with another one. */
export function refusedDatabase(error: unknown): string | undefined {
  if (answerOf(error) === undefined) return undefined;
  const { command } = error as {
    readonly command?: { readonly name?: string; readonly args?: readonly unknown[] };
  };
  return command?.name === "select" ? String(command.args?.[0]) : undefined;
}

/** Whether waiting does not help: server or client refuses the other, or the server is of another kind. */
export function isLastingRefusal(error: unknown): boolean {
  const code = answerCode(error);
  return isUntrustedServer(error) || (code !== undefined && (code in ACCESS || code in MISTAKEN));
}
