import { types } from "node:util";
import { ConfigError } from "../errors/config-errors.ts";
import {
  checkArgument,
  type OptionRule,
  type OptionRules,
  optionsCheck,
  required,
} from "../options/check-options.ts";
import {
  boolean,
  having,
  listOf,
  msAboveZero,
  oneOf,
  textOrEmpty,
  transaction,
  whole,
} from "../options/option-rules.ts";
import type { ConsumerOptions } from "./broker.ts";
import type { CallOptions, SendOptions } from "./call-options.ts";
import type { PeekOptions, RedriveOptions, ScanOptions } from "./stored-message.ts";

const CALL_RULES: OptionRules<CallOptions> = { timeoutMs: msAboveZero() };

const IDS = listOf("ids", textOrEmpty);

/** Checks the options of `restore`. */
export const checkRestoreOptions = optionsCheck<CallOptions>(CALL_RULES);

/** Checks the options of `send`. */
export const checkSendOptions = optionsCheck<SendOptions>({
  ...CALL_RULES,
  transaction,
  transactionId: having("what transactionId of the broker returns", "then"),
  orderKeys: listOf("texts", textOrEmpty),
});

/** Checks the options of a consumer. */
export const checkConsumerOptions = optionsCheck<ConsumerOptions>({
  leaseMs: required(msAboveZero()),
  holder: textOrEmpty,
  isOrdered: boolean,
});

/** A state that can be peeked. */
export const STATE_RULE = oneOf("ready", "delayed", "leased", "dead", "succeeded");

const SCAN_RULES: OptionRules<ScanOptions> = {
  state: required(STATE_RULE),
  limit: required(whole(1)),
  cursor: textOrEmpty,
};

/** Checks the options of `scan`. */
export const checkScanOptions = optionsCheck<ScanOptions>(SCAN_RULES);

/** Checks the options of `peek`. */
export const checkPeekOptions = optionsCheck<PeekOptions>({ ...SCAN_RULES, id: textOrEmpty });

const BODIES: OptionRule = {
  expected: "a Map of new bodies by id",
  accepts: (value) => types.isMap(value) && [...value].flat().every((one) => typeof one === "string"),
};

/** Checks the options of `redrive`. */
export const checkRedriveOptions = optionsCheck<RedriveOptions>({
  limit: required(whole(0)),
  ids: IDS,
  bodies: BODIES,
  to: textOrEmpty,
});

/** @throws ConfigError for a text where a list is expected */
export function checkIds(ids: unknown, where: string): void {
  checkArgument(ids, `${where}: the ids`, IDS);
}

/** Refuses what a call would ignore: `purge({ state: "delayed" })` would remove all. @throws ConfigError */
export function refuseMore(more: readonly unknown[], where: string): void {
  if (more.every((value) => value === undefined)) return;
  throw new ConfigError(`${where} takes no options.`, { hint: "Leave them out, or use another call." });
}
