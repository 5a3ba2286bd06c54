import { optionRules, optionsCheck, required } from "@jobs/core/runtime";
import { describe } from "vitest";
import { proveOn } from "../harness/prove-on.ts";
import { FEED_RULES } from "./feed-rules.ts";
import type { HistoryHarness, HistoryRule } from "./history-harness.ts";
import { LIST_RULES } from "./list-rules.ts";
import { RECORD_RULES } from "./record-rules.ts";
import { STORAGE_RULES } from "./storage-rules.ts";

/** What {@link describeHistory} tests. */
export interface HistoryUnderTest {
  /** Name of the store in test titles. */
  readonly name: string;
  readonly createHarness: () => Promise<HistoryHarness> | HistoryHarness;
  /** How long one test may take, in ms. Default 20,000. */
  readonly timeoutMs?: number;
}

/** Every rule of `HistoryStore`. */
export const HISTORY_RULES: readonly HistoryRule[] = [
  ...RECORD_RULES,
  ...LIST_RULES,
  ...FEED_RULES,
  ...STORAGE_RULES,
];

const checkOptions = optionsCheck<HistoryUnderTest>({
  name: required(optionRules.text),
  createHarness: required(optionRules.func),
  timeoutMs: optionRules.msAboveZero(),
});

/** Registers a vitest test for each rule of `HistoryStore`. */
export function describeHistory(options: HistoryUnderTest): void {
  checkOptions(options, "describeHistory");
  const { name, createHarness, timeoutMs = 20_000 } = options;
  const onHarness = proveOn(createHarness, timeoutMs);
  describe(`${name}: history`, () => {
    for (const { title, prove } of HISTORY_RULES) {
      onHarness(title, async (harness) => prove(await harness.open(), harness));
    }
  });
}
