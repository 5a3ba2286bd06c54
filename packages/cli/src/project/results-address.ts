import { ConfigError } from "@jobs/core";
import { type BrokerAddress, RESULT_KINDS } from "./adapters.ts";
import { fileOfUrl } from "./broker-address.ts";

/** Kinds that are known under another scheme as well. */
const SCHEMES: Readonly<Record<string, string>> = { rediss: "redis", postgresql: "postgres" };

/**
 * What a written result store means: a kind, or a URL of one.
 * @throws ConfigError that quotes no URL, since URLs hold passwords.
 */
export function resultsAddress(written: string): BrokerAddress {
  const { scheme = written, rest = "" } = /^(?<scheme>[a-z]+):(?<rest>.*)$/.exec(written)?.groups ?? {};
  const kind = SCHEMES[scheme] ?? scheme;
  if (!RESULT_KINDS.includes(kind)) {
    throw new ConfigError("there is no result store of that name.", {
      hint: `Use ${RESULT_KINDS.join(", ")}, or a URL of one of them, such as postgres://user:password@host/database.`,
    });
  }
  if (rest === "") return { kind, options: {} };
  if (kind === "sqlite") return { kind, options: { file: fileOfUrl(rest) } };
  return { kind, options: { url: written } };
}
