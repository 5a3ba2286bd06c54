import fc from "fast-check";

/** Which tasks a worker has: all, all but `rare`, or one limited task alone. */
export type WorkerKind = "all" | "common" | "counted" | "rated";

/** Kinds of jobs; `old` has the signature of an earlier release. */
export type JobKind = "plain" | "rare" | "counted" | "rated" | "old";

/** One step on the way to a situation. Numbers of jobs and workers count from the first, modulo how many there are. */
export type Step =
  | { readonly type: "enqueue"; readonly job: JobKind; readonly priority: number; readonly delayMs: number }
  | { readonly type: "chain" }
  | { readonly type: "start"; readonly kind: WorkerKind; readonly concurrency: number }
  | { readonly type: "stop"; readonly worker: number }
  | { readonly type: "kill"; readonly worker: number }
  | { readonly type: "finish"; readonly run: number; readonly as: "success" | "failure" | "death" }
  | { readonly type: "cancel"; readonly job: number }
  | { readonly type: "pause" }
  | { readonly type: "resume" }
  | { readonly type: "pass"; readonly ms: number };

const enqueue = fc.record({
  type: fc.constant("enqueue" as const),
  job: fc.constantFrom<JobKind>("plain", "plain", "rare", "counted", "rated", "old"),
  priority: fc.nat(2),
  delayMs: fc.constantFrom(0, 0, 0, 30_000),
});

const start = fc.record({
  type: fc.constant("start" as const),
  kind: fc.constantFrom<WorkerKind>("all", "all", "common", "counted", "rated"),
  concurrency: fc.integer({ min: 1, max: 2 }),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: enqueue, weight: 8 },
  { arbitrary: start, weight: 3 },
  { arbitrary: fc.record({ type: fc.constant("chain" as const) }), weight: 1 },
  { arbitrary: fc.record({ type: fc.constant("stop" as const), worker: fc.nat(5) }), weight: 1 },
  { arbitrary: fc.record({ type: fc.constant("kill" as const), worker: fc.nat(5) }), weight: 1 },
  {
    arbitrary: fc.record({
      type: fc.constant("finish" as const),
      run: fc.nat(5),
      as: fc.constantFrom("success" as const, "success" as const, "failure" as const, "death" as const),
    }),
    weight: 4,
  },
  { arbitrary: fc.record({ type: fc.constant("cancel" as const), job: fc.nat(9) }), weight: 1 },
  { arbitrary: fc.constantFrom<Step>({ type: "pause" }, { type: "resume" }), weight: 1 },
  {
    arbitrary: fc.record({ type: fc.constant("pass" as const), ms: fc.integer({ min: 500, max: 45_000 }) }),
    weight: 4,
  },
);

/** A way to a situation. Its first job is always there, so that somebody can ask about it. */
export const situations: fc.Arbitrary<readonly Step[]> = fc
  .tuple(enqueue, fc.array(step, { minLength: 3, maxLength: 20 }))
  .map(([first, rest]) => [first, ...rest]);
