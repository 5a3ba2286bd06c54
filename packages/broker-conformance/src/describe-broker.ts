import { describe, it } from "vitest";
import type { Clause } from "./clause.ts";
import type { CreateHarness } from "./harness/broker-harness.ts";
import { listChapters } from "./list-clauses.ts";
import { runClause } from "./run-clause.ts";

/** What {@link describeBroker} tests. */
export interface BrokerUnderTest {
  /** How the broker is called in test titles. */
  readonly name: string;
  readonly createHarness: CreateHarness;
  /** How long one clause may take in real ms. Default 10,000. */
  readonly timeoutMs?: number;
}

/**
 * Registers one vitest test for each clause. A clause about a capability that the broker does not declare tests that
 * the broker refuses; none is skipped.
 */
export function describeBroker({ name, createHarness, timeoutMs = 10_000 }: BrokerUnderTest): void {
  describe(`${name}: broker conformance`, () => {
    for (const { letter, title, clauses } of listChapters()) {
      describe(`${letter} ${title}`, () => {
        for (const clause of clauses) {
          it(titleOf(clause), () => runClause(clause, createHarness, timeoutMs), 2 * timeoutMs);
        }
      });
    }
  });
}

/** Both sides of a clause are in its title: which one binds is known only when the harness is there. */
function titleOf({ id, rule, unless }: Clause): string {
  return unless === undefined
    ? `${id} ${rule}`
    : `${id} ${rule} Without ${unless.capability}: ${unless.rule}`;
}
