import type { Diagnosis } from "@jobs/core/broker";
import { printable } from "../output/printable.ts";
import type { QueueDiagnosis } from "./diagnose-queues.ts";

const WORD: Readonly<Record<Diagnosis["status"], string>> = {
  ok: "ok",
  failed: "FAIL",
  warning: "warn",
  unknown: "?",
};

/** The width of the longest word, so that messages stand below each other. */
const WIDTH = Math.max(...Object.values(WORD).map(({ length }) => length));

/** A diagnosis for people: one line a finding, and below it what to do. */
export function* diagnosisLines({ name, fullName, findings }: QueueDiagnosis): Generator<string> {
  yield name === fullName ? name : `${name} (${fullName})`;
  for (const { status, message, hint } of findings) {
    yield `  ${WORD[status].padEnd(WIDTH)}  ${printable(message)}`;
    if (hint !== undefined) yield `  ${" ".repeat(WIDTH)}  Fix: ${printable(hint)}`;
  }
}
