import assert from "node:assert/strict";
import { type ErrorCode, isJobsError } from "@jobs/core";
import type { Capabilities, SendResult, SettleResult } from "@jobs/core/broker";
import { describeThrown } from "@jobs/core/runtime";

/** The code of a refusal; `{ unsupported }` also names the missing capability. */
export type RefusalCode = Exclude<ErrorCode, "unsupported"> | { readonly unsupported: keyof Capabilities };

/** Asserts that a call is refused with an error of that code, and neither done nor ignored. */
export async function assertRejects(call: Promise<unknown>, code: RefusalCode): Promise<void> {
  let outcome: unknown = "it resolved";
  try {
    await call;
  } catch (error) {
    outcome = error;
  }
  assertCode(outcome, code);
}

/** Asserts that one entry of a batch was refused with an error of that code. */
export function assertRefused(result: SendResult | SettleResult | undefined, code: RefusalCode): void {
  assert.equal(result?.status, "failed", "it is refused");
  assertCode(result?.status === "failed" ? result.error : undefined, code);
}

function assertCode(error: unknown, code: RefusalCode): void {
  const got = isJobsError(error) ? error.code : describeThrown(error);
  if (typeof code === "string") return assert.equal(got, code, "the error's code");
  assert.equal(got, "unsupported", "the error's code");
  assert.equal((error as { readonly feature?: unknown }).feature, code.unsupported, "the error's feature");
}
