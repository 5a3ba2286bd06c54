import { CliError } from "../output/cli-error.ts";
import type { BrokerAddress } from "./adapters.ts";

/** Which SQS is meant, as flags say it. */
export interface SqsTarget {
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
}

/** Puts what flags say over what an address says. @throws CliError `usage` for a broker that has no such places. */
export function withSqsTarget({ kind, options }: BrokerAddress, place: SqsTarget): BrokerAddress {
  if (!isPlaceGiven(place)) return { kind, options };
  if (kind !== "sqs") throw onlyForSqs(`the broker is ${kind}`);
  const { endpoint = options.endpoint, region = options.region } = place;
  return { kind, options: { ...options, ...defined({ endpoint, region }) } };
}

/** @throws CliError `usage` when flags name a place although the app has made its broker itself. */
export function refuseSqsTarget(place: SqsTarget): void {
  if (isPlaceGiven(place)) throw onlyForSqs("the app brings its broker along");
}

function isPlaceGiven({ endpoint, region }: SqsTarget): boolean {
  return endpoint !== undefined || region !== undefined;
}

function onlyForSqs(reason: string): CliError {
  return new CliError("usage", `--endpoint and --region go with --broker sqs, but ${reason}.`);
}

function defined(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
