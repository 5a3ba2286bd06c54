import assert from "node:assert/strict";
import { type ErrorCode, isJobsError } from "@jobs/core";
import type { SendResult, SettleResult } from "@jobs/core/broker";
import { describeThrown } from "@jobs/core/runtime";

/** Asserts that a call is refused with an error of that code: never done in silence, never ignored. */
export async function assertRejects(call: Promise<unknown>, code: ErrorCode): Promise<void> {
  let outcome: unknown = "it resolved";
  try {
    await call;
  } catch (error) {
    outcome = error;
  }
  assertCode(outcome, code);
}

/** Asserts that one entry of a batch was refused with an error of that code. */
export function assertRefused(result: SendResult | SettleResult | undefined, code: ErrorCode): void {
  assert.equal(result?.status, "failed", `refused with ${code}`);
  assertCode(result?.status === "failed" ? result.error : undefined, code);
}

function assertCode(error: unknown, code: ErrorCode): void {
  const got = isJobsError(error) ? error.code : describeThrown(error);
  assert.equal(got, code, "the error's code");
}
