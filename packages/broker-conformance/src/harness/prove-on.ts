import { it } from "vitest";
import { judgeInTime } from "./judge-in-time.ts";
import type { TestTime } from "./test-time.ts";

/** A storage that is made for one test and deleted after it. */
export interface DisposableHarness {
  /** The time in which the storage is tested, if it has one. */
  readonly time?: TestTime;
  dispose(): Promise<void> | void;
}

/** Registers a vitest test that proves one rule on a separate harness. */
export type Rule<Harness> = (title: string, prove: (harness: Harness) => Promise<void>) => void;

/** Makes {@link Rule}s: each test gets a fresh harness, which is also disposed of when the proof fails. */
export function proveOn<Harness extends DisposableHarness>(
  createHarness: () => Promise<Harness> | Harness,
  timeoutMs?: number,
): Rule<Harness> {
  return (title, prove) =>
    it(
      title,
      () =>
        judgeInTime(createHarness, async (harness) => {
          try {
            await prove(harness);
          } finally {
            await harness.dispose();
          }
        }),
      timeoutMs,
    );
}
