import { ConfigError } from "@jobs/core";
import { didYouMean } from "@jobs/core/runtime";
import { BROKER_KINDS, type BrokerAddress } from "./adapters.ts";
import { sqsOptions } from "./sqs-address.ts";

/** `scheme:rest`, the scheme being a kind; `//` may follow, as people write it. */
const URL_FORM = /^(?<kind>[a-z]+):(?<rest>.*)$/;

/** Anything else may be a URL with a slip in it, password included. */
const PLAIN_NAME = /^[\w-]+$/;

/** Kinds that are known under another scheme as well. */
const SCHEMES: Readonly<Record<string, string>> = { rediss: "redis", http: "sqs", https: "sqs" };

/**
 * What a written broker means: a key of `brokers` first, then a URL, then a bare kind.
 * @throws ConfigError that quotes no URL, since URLs hold passwords.
 */
export function brokerAddress(written: string, keys: readonly string[] = []): BrokerAddress {
  const { kind: scheme, rest = "" } = URL_FORM.exec(written)?.groups ?? {};
  // What looks like user:password@host has no scheme: its first part is a name that nobody else should see.
  if (scheme !== undefined && !BROKER_KINDS.includes(SCHEMES[scheme] ?? scheme) && rest.includes("@")) {
    throw new ConfigError("the broker's address has no scheme that is known.", { hint: schemesHint() });
  }
  if (scheme !== undefined) return addressOfUrl(SCHEMES[scheme] ?? scheme, rest, written);
  if (BROKER_KINDS.includes(written)) return { kind: written, options: {} };
  const known = [...keys, ...BROKER_KINDS];
  const suggestion = didYouMean(written, known);
  const quoted = PLAIN_NAME.test(written) ? ` "${written}"` : " of that name";
  throw new ConfigError(`there is no broker${quoted}.`, {
    hint: suggestion === undefined ? `Known: ${known.join(", ")}.` : `Did you mean ${suggestion}?`,
  });
}

/** The path behind `sqlite:`, before which people write `//` as in other URLs. */
export function fileOfUrl(rest: string): string {
  return rest.replace(/^\/\/(?=\/|\.)/, "");
}

function schemesHint(): string {
  return `A URL starts with one of ${BROKER_KINDS.map((known) => `${known}:`).join(" ")}`;
}

function addressOfUrl(kind: string, rest: string, written: string): BrokerAddress {
  if (!BROKER_KINDS.includes(kind)) {
    throw new ConfigError(`there is no broker kind "${kind}".`, {
      hint: schemesHint(),
    });
  }
  if (kind === "sqs") return { kind, options: sqsOptions(written) };
  if (kind !== "sqlite") return { kind, options: rest === "" ? {} : { url: written } };
  const file = fileOfUrl(rest);
  return { kind, options: file === "" ? {} : { file } };
}
