import { defineTask } from "@jobs/core";
import { bindParams, type CheckPhase } from "@jobs/core/task";
import { type BenchCase, byScale, type Suite } from "../../harness/bench-case.ts";

const fiveWords = defineTask("five_words", {
  to: "string",
  subject: "string",
  attempts: "integer",
  urgent: "boolean",
  meta: "object",
});

/** A new object each time, as callers and JSON make them. */
function freshParams(n: number) {
  return { to: "a@example.com", subject: "Hello", attempts: n, urgent: true, meta: { tenant: "acme" } };
}

function check(name: string, phase: CheckPhase): BenchCase {
  return {
    name,
    units: { "a check": "µs" },
    async run(scale) {
      const checks = byScale(scale, 2_000_000, 200_000);
      for (let n = 0; n < checks / 10; n++) void bindParams(fiveWords, freshParams(n), phase);
      const startedAt = performance.now();
      for (let n = 0; n < checks; n++) void bindParams(fiveWords, freshParams(n), phase);
      return { "a check": ((performance.now() - startedAt) / checks) * 1_000 };
    },
  };
}

/** The cost of checking named parameters. */
export const signatureSuite: Suite = {
  name: "signature",
  title: "Signatures",
  cases: [check("at work: names and types", "work"), check("at enqueue: JSON safety as well", "enqueue")],
  marks: [
    {
      id: "M1",
      title: "five words checked by a worker, in µs",
      value: (median) => median("at work: names and types", "a check"),
      atMost: 1,
    },
    {
      id: "M1",
      title: "five words checked at enqueue, JSON safety included, in µs",
      value: (median) => median("at enqueue: JSON safety as well", "a check"),
      atMost: 1,
    },
  ],
};
