import type { Capabilities } from "@jobs/core/broker";
import type { Scene } from "./harness/scene.ts";

/** Tests a broker. It throws when the broker breaks the rule. */
export type Check = (scene: Scene) => Promise<void>;

/** One numbered rule that every broker keeps, and the test that proves it. */
export interface Clause {
  /** A letter for the chapter and a number, e.g. `L3`. Never reused for another rule. */
  readonly id: string;
  /** The rule in one sentence. */
  readonly rule: string;
  /** The member of the contract that the rule explains, or the fault that it prevents. */
  readonly source: string;
  readonly check: Check;
  /** For rules that depend on a capability. No broker skips a clause: one without the capability has to refuse. */
  readonly unless?: Condition;
}

/** Which brokers a clause does not apply to, and what these do instead. */
export interface Condition {
  readonly capability: string;
  isMissing(capabilities: Capabilities): boolean;
  /** The rule for brokers without the capability. */
  readonly rule: string;
  readonly check: Check;
}
