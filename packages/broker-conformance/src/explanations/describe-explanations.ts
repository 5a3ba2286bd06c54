import { optionRules, optionsCheck, required } from "@jobs/core/runtime";
import { describe, type ExpectStatic, expect, it } from "vitest";
import type { ServicesUnderTest, ServiceWorld } from "../services/describe-services.ts";
import { ExplanationStage } from "./explanation-stage.ts";
import type { JobCase } from "./job-case.ts";
import { QUEUE_CASES, type QueueCase } from "./queue-cases.ts";
import { TAKEN_JOB_CASES } from "./taken-job-cases.ts";
import { WAITING_JOB_CASES } from "./waiting-job-cases.ts";

const checkOptions = optionsCheck<ServicesUnderTest>({
  name: required(optionRules.text),
  createWorld: required(optionRules.func),
  timeoutMs: optionRules.msAboveZero(),
});

/**
 * Registers a vitest test for each cause of `app.why` and `app.whyQueue`: it makes the situation and expects that
 * answer. Where the broker shows no waiting jobs, some answers must be `unknown`, or what a history store knows. Each
 * test has its own world, so they may run in a `describe.concurrent`.
 */
export function describeExplanations(options: ServicesUnderTest): void {
  checkOptions(options, "describeExplanations");
  const { name, createWorld, timeoutMs = 60_000 } = options;
  // Of tests at the same time, only the `expect` of the test itself can poll.
  const prove = async (expectOfTest: ExpectStatic, judge: (stage: ExplanationStage) => Promise<void>) => {
    const world: ServiceWorld = await createWorld();
    const stage = await ExplanationStage.open(world, expectOfTest);
    try {
      await judge(stage);
    } finally {
      await stage.close();
    }
  };

  describe(`${name}: why`, () => {
    for (const one of [...WAITING_JOB_CASES, ...TAKEN_JOB_CASES])
      it(
        `a job: ${one.title} → ${one.cause}`,
        (test) => prove(test.expect, (stage) => judgeJob(one, stage)),
        timeoutMs,
      );
    for (const one of QUEUE_CASES)
      it(
        `a queue: ${one.title} → ${one.cause}`,
        (test) => prove(test.expect, (stage) => judgeQueue(one, stage)),
        timeoutMs,
      );
  });
}

async function judgeJob(
  { cause, needsPeek = true, recorded = "unknown", isPossible = () => true, set, check }: JobCase,
  stage: ExplanationStage,
): Promise<void> {
  if (!isPossible(stage)) return;
  const id = await set(stage);
  const isKnown = stage.isOpen || !needsPeek;
  const otherwise = stage.hasHistory ? recorded : "unknown";
  const explanation = await stage.why(id, isKnown ? cause : otherwise);
  expect(explanation).toMatchObject({ id, summary: expect.stringMatching(/^[A-Z].*\.$/) });
  expect(explanation.evidence).not.toEqual([]);
  if (isKnown) check?.(explanation);
  else if (otherwise === "unknown") expect(explanation.hint).toBeDefined();
}

async function judgeQueue(
  { cause, needsPeek = false, isPossible = () => true, set, check }: QueueCase,
  stage: ExplanationStage,
): Promise<void> {
  if (!isPossible(stage) || (needsPeek && !stage.isOpen)) return;
  await set(stage);
  const explanation = await stage.whyQueue(cause);
  expect(explanation).toMatchObject({ queue: "work", summary: expect.stringMatching(/^[A-Z].*\.$/) });
  expect(explanation.evidence).not.toEqual([]);
  check?.(explanation);
}
