import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareParam } from "./compare-locks.ts";
import type { LockedParam } from "./task-lock.ts";

const text: LockedParam = { kind: "string" };
const size: LockedParam = { kind: "enum", values: ["s", "m"] };

const params: fc.Arbitrary<LockedParam> = fc.oneof(
  fc.record({
    kind: fc.constantFrom<LockedParam["kind"]>("string", "number", "integer", "boolean", "null", "any"),
  }),
  fc.record({
    kind: fc.constant("enum" as const),
    values: fc.uniqueArray(fc.constantFrom("a", "b", 1, 1.5, true, null), { minLength: 1 }),
  }),
);

/** Values of every kind, to try what a parameter takes. */
const VALUES = ["a", "b", "c", 1, 1.5, 7, true, false, null, [], {}] as const;

function takes({ kind, values = [] }: LockedParam, value: unknown): boolean {
  if (kind === "any") return true;
  if (kind === "enum") return values.includes(value as string);
  if (kind === "integer") return Number.isInteger(value);
  return kind === (value === null ? "null" : typeof value);
}

describe("compareParam", () => {
  it.each([
    {
      before: undefined,
      after: { ...text, isOptional: true },
      change: "added as optional",
      order: "workers, then",
    },
    { before: text, after: { ...text, isOptional: true }, change: "made optional", order: "workers, then" },
    { before: size, after: text, change: 'accepts more: "s" | "m" → string', order: "workers, then" },
    {
      before: text,
      after: size,
      change: 'accepts less: string → "s" | "m"',
      order: "producers, and workers once",
    },
  ] as const)("ordered: $change [W6]", ({ before, after, change, order }) => {
    expect(compareParam(before, after)).toEqual([
      { class: "ordered", change, order: expect.stringContaining(order) },
    ]);
  });

  it.each([
    { before: undefined, after: text, change: "added as required", order: "add it as optional" },
    { before: text, after: undefined, change: "removed", order: "make it optional in workers" },
    { before: { ...text, isOptional: true }, after: text, change: "made required", order: "send it always" },
    {
      before: text,
      after: { kind: "number" },
      change: "another type: string → number",
      order: "another name",
    },
  ] as const)("parallel: $change [W6]", ({ before, after, change, order }) => {
    expect(compareParam(before, after)).toEqual([
      { class: "parallel", change, order: expect.stringContaining(order) },
    ]);
  });

  it("says nothing when nothing has changed, or only the order of an enum's values [W6]", () => {
    expect(compareParam(size, { kind: "enum", values: ["m", "s"] })).toEqual([]);
    expect(compareParam(text, text)).toEqual([]);
  });

  it("says that more is accepted only where every value that was taken still is [W6]", () => {
    fc.assert(
      fc.property(params, params, (before, after) => {
        const [difference] = compareParam(before, after);
        const isLost = VALUES.some((value) => takes(before, value) && !takes(after, value));
        const isNew = VALUES.some((value) => takes(after, value) && !takes(before, value));
        if (isLost) expect(difference?.order).not.toBe("workers, then producers");
        if (isLost || isNew) expect(difference).toBeDefined();
        if (isLost && isNew) expect(difference?.class).toBe("parallel");
      }),
      { seed: 1 },
    );
  });
});
