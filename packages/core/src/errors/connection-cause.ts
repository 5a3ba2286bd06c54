import { readErrorText } from "./to-error.ts";

/** Why a server cannot be reached, in words. */
export interface ConnectionCause {
  /** Completes "no connection to …: ". */
  readonly text: string;
  readonly hint: string;
  /** The connection was refused or its host is unknown: nothing was sent, and a longer wait seldom helps. */
  readonly isRefused: boolean;
}

/** The text and the fix of each code of Node. */
const CAUSES: Readonly<Record<string, readonly [text: string, hint: string]>> = {
  ECONNREFUSED: ["the connection is refused", "Start the server, or correct host and port."],
  ENOTFOUND: ["the host name is not found", "Correct the host name, or check the name server."],
  EAI_AGAIN: ["the host name is not found now", "Correct the host name, or check the name server."],
  EHOSTUNREACH: ["no route leads to the host", "Check the address and the network."],
  ENETUNREACH: ["no route leads to the network", "Check the address and the network."],
  ECONNRESET: ["the connection was cut", "Check the server's log, and whether it expects TLS."],
  EPIPE: ["the connection was cut", "Check the server's log, and whether it expects TLS."],
  ENOENT: ["the socket does not exist", "Start the server, or correct the path."],
  EACCES: ["the socket may not be opened", "Check the rights of the socket's file."],
  EPROTO: ["TLS fails", "Check whether the server speaks TLS on this port."],
};

/** Codes of a connection that was never made. */
const REFUSED = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"]);

/** Says why a server cannot be reached. `waitedMs`: the wait for an answer, where the error may be that none came. */
export function connectionCause(error: unknown, waitedMs?: number): ConnectionCause {
  const code = systemCode(error);
  const known = CAUSES[code] ?? (code.startsWith("ERR_SSL") ? CAUSES.EPROTO : undefined);
  if (known !== undefined)
    return { text: `${known[0]} (${code})`, hint: known[1], isRefused: REFUSED.has(code) };
  const hint = "Check address, firewall and the load of the server.";
  if (code !== "" && code !== "ETIMEDOUT")
    return { text: `the connection was lost (${code})`, hint, isRefused: false };
  const text =
    waitedMs === undefined
      ? "the connection was lost"
      : `no answer within ${Number((waitedMs / 1_000).toFixed(1))} s`;
  return { text, hint, isRefused: false };
}

/** Node's `code`. For several addresses or nodes it is in the first of the errors. */
export function systemCode(error: unknown): string {
  const code = readErrorText(error, "code");
  if (code !== undefined) return code;
  if (typeof error !== "object" || error === null) return "";
  const { errors, lastNodeError } = error as {
    readonly errors?: readonly unknown[];
    readonly lastNodeError?: unknown;
  };
  const inner = Array.isArray(errors) ? errors[0] : lastNodeError;
  return inner === undefined ? "" : systemCode(inner);
}
