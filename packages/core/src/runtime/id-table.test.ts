import fc from "fast-check";
import { expect, it } from "vitest";
import { IdTable } from "./id-table.ts";

interface Named {
  readonly id: string;
}

/** Ids with other ends, with the same end (and so the same hash), and without any character. */
const ids = fc.oneof(
  fc.nat(12).map(String),
  fc.nat(8).map((n) => `${n}-with-the-same-end`),
  fc.constantFrom("", "x"),
);

it("holds the same values as a map, in the same order, also of ids with the same hash", () => {
  const steps = fc.array(fc.record({ action: fc.constantFrom("add", "remove", "again"), id: ids }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, (taken) => {
      const table = new IdTable<Named>();
      const model = new Map<string, Named>();
      for (const { action, id } of taken) {
        const known = model.get(id);
        if (action === "again") table.remove(id, { id });
        else if (known !== undefined) {
          table.remove(id, known);
          model.delete(id);
        } else if (action === "add") {
          const value = { id };
          table.add(id, value);
          model.set(id, value);
        }
        expect(table.get(id) === model.get(id)).toBe(true);
        expect(table.size).toBe(model.size);
      }
      expect([...table.values()].map((value) => value.id)).toEqual([...model.keys()]);
    }),
    { seed: 1, numRuns: 500 },
  );
});

it("leaves out a value that was removed while the others are read", () => {
  const table = new IdTable<Named>();
  for (const id of ["a", "b", "c"]) table.add(id, { id });
  const read: string[] = [];
  for (const { id } of table.values()) {
    read.push(id);
    const second = table.get("b");
    if (second !== undefined) table.remove("b", second);
  }
  expect(read).toEqual(["a", "c"]);
});
