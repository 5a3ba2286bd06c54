import { describe, expect, it } from "vitest";
import { defineTask } from "./define-task.ts";
import { upcast } from "./upcast.ts";

const step = upcast({ a: "string" }, ({ a }) => ({ a }));

describe("versions of a task", () => {
  it("are kept from the newest to the oldest, each with its signature", () => {
    const { versions, options } = defineTask(
      "t",
      { a: "string" },
      { version: 3, from: { 1: step, 2: step }, to: { 2: ({ a }) => ({ a }) } },
    );
    expect(versions?.current).toBe(3);
    expect(versions?.old.map(({ version, down }) => [version, down !== undefined])).toEqual([
      [2, true],
      [1, false],
    ]);
    expect(versions?.old[0]?.signature.fingerprint).toBe("a");
    expect(options.version).toBe(3);
    expect(Object.isFrozen(versions) && Object.isFrozen(versions?.old)).toBe(true);
  });

  it("need not go back to the first", () => {
    expect(defineTask("t", { a: "string" }, { version: 9, from: { 8: step } }).versions?.old).toHaveLength(1);
    expect(defineTask("t", { a: "string" }, { version: 2 })).not.toHaveProperty("versions");
  });

  it("count from 1, which is left out as in envelopes", () => {
    expect(defineTask("t", {}, { version: 1 }).options).toEqual({});
  });

  it.each<[options: object, expected: string]>([
    [{ version: 0 }, "version must be a whole number from 1 to 500, got 0"],
    [{ version: 1.5 }, "version must be"],
    [{ version: "2" }, "version must be"],
    [{ version: 501 }, "version must be"],
    [
      { version: 4, from: { 1: step, 3: step } },
      "from must name the versions before 4 without a gap, got 1, 3.",
    ],
    [{ version: 3, from: { 1: step } }, "from must name the versions before 3 without a gap, got 1."],
    [{ version: 2, from: { 2: step } }, "from must name the versions before 2 without a gap, got 2."],
    [{ version: 2, from: { one: step } }, "from must name the versions before 2 without a gap, got one."],
    [{ from: { 1: step } }, "from must name the versions before 1 without a gap, got 1."],
    [{ version: 2, from: { 1: () => ({}) } }, 'from["1"] must be made by upcast, got function'],
    [
      { version: 2, from: { 1: upcast({ a: "strng" } as never, () => ({})) } },
      'task "t": version 1: parameter "a" has the unknown type "strng".',
    ],
    [{ version: 2, from: { 1: step }, to: { 1: 5 } }, 'to["1"] must be a function, got number'],
    [{ version: 3, from: { 2: step }, to: { 1: () => ({}) } }, "to names version 1, which from does not."],
  ])("refuse %o", (options, expected) => {
    expect(() => defineTask("t", { a: "string" }, options)).toThrow(expected);
  });
});
