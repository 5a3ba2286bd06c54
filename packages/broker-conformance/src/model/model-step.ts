import fc from "fast-check";

/** How a step ends one lease; `pick` chooses among all leases ever taken, so that stale ones are settled too. */
export type SettleChoice = { readonly pick: number } & (
  | { readonly action: "ack" }
  | { readonly action: "retry"; readonly delayTicks: number; readonly failed: boolean }
  | { readonly action: "release" }
  | { readonly action: "dead" }
);

/** One action on a broker. Plain data: a failing sequence is stored as JSON and replayed for ever. */
export type ModelStep =
  | { readonly do: "send"; readonly count: number; readonly delayTicks: number; readonly priority: number }
  | { readonly do: "sendKeyed"; readonly key: number }
  | { readonly do: "receive"; readonly process: number; readonly max: number }
  | { readonly do: "settle"; readonly choices: readonly SettleChoice[] }
  | { readonly do: "extend"; readonly pick: number; readonly ticks: number }
  | { readonly do: "redrive"; readonly limit: number }
  | { readonly do: "remove"; readonly pick: number }
  | { readonly do: "purge" }
  | { readonly do: "pause" }
  | { readonly do: "resume" }
  | { readonly do: "tick"; readonly ticks: number }
  | { readonly do: "crashWorker"; readonly process: number };

/** Each process has another length of lease, so that the leases end in mixed order. */
export const LEASE_TICKS_BY_PROCESS: readonly [number, number] = [3, 8];

const pick = fc.nat(99);
const process = fc.nat(LEASE_TICKS_BY_PROCESS.length - 1);

const choice: fc.Arbitrary<SettleChoice> = fc.oneof(
  fc.record({ pick, action: fc.constant("ack" as const) }),
  fc.record({ pick, action: fc.constant("release" as const) }),
  fc.record({ pick, action: fc.constant("dead" as const) }),
  fc.record({
    pick,
    action: fc.constant("retry" as const),
    delayTicks: fc.constantFrom(0, 0, 2, 7),
    failed: fc.boolean(),
  }),
);

const step: fc.Arbitrary<ModelStep> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      count: fc.constantFrom(1, 1, 2, 3),
      delayTicks: fc.constantFrom(0, 0, 0, 2, 5, 20),
      priority: fc.constantFrom(0, 0, 0, 1, 3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("sendKeyed" as const), key: fc.nat(2) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("receive" as const),
      process,
      max: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant("settle" as const),
      choices: fc.array(choice, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("extend" as const), pick, ticks: fc.constantFrom(1, 4, 9) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("redrive" as const), limit: fc.constantFrom(1, 2, 10) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), pick }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<ModelStep>(
      { do: "purge" },
      { do: "pause" },
      { do: "resume" },
      { do: "resume" },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("tick" as const), ticks: fc.constantFrom(1, 2, 4, 12) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crashWorker" as const), process }) },
);

/** Sequences of up to `maxSteps` steps. */
export function stepSequences(maxSteps: number): fc.Arbitrary<readonly ModelStep[]> {
  return fc.array(step, { minLength: 1, maxLength: maxSteps, size: "max" });
}
