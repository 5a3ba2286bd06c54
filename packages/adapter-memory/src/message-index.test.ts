import fc from "fast-check";
import { expect, it } from "vitest";
import { MessageIndex } from "./message-index.ts";
import { createRecord, type MessageRecord } from "./message-record.ts";

/** Ids in the form of new jobs, sorted by `n`, and two forms that are not. */
const ids = fc.oneof(
  fc.nat(30).map((n) => `0199f2c4-7d0e-7b6a-9a51-${String(n).padStart(12, "0")}`),
  fc.nat(5).map((n) => `order-${n}`),
  fc.nat(5).map((n) => `ffffffff-0000-8000-8000-${String(n).padStart(12, "0")}`),
);

const steps = fc.array(
  fc.record({ action: fc.constantFrom("add", "add", "remove", "find", "list"), id: ids }),
  { maxLength: 80 },
);

function recordOf(id: string, order: number): MessageRecord {
  return createRecord({ id, label: "task", body: "{}" }, { messageId: id, order, dueAt: 0 });
}

function idsOf(index: MessageIndex): readonly string[] {
  return [...index.values()].map(({ messageId }) => messageId);
}

it("finds what is stored, in the order of sending, whatever the ids are", () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const index = new MessageIndex();
      const model = new Map<string, MessageRecord>();
      taken.forEach(({ action, id }, order) => {
        const known = model.get(id);
        if (action === "add" && known === undefined) {
          const record = recordOf(id, order);
          model.set(id, record);
          index.add(record);
        } else if (action === "remove" && known !== undefined) {
          model.delete(id);
          index.remove(known);
        } else if (action === "list") expect(idsOf(index)).toEqual([...model.keys()]);
        else expect(index.find(id) === known).toBe(true);
      });
    }),
    { seed: 1, numRuns: 2_000 },
  );
});

it("lets the current message be removed while all are listed", () => {
  const index = new MessageIndex();
  for (const id of ["a", "b", "c"]) index.add(recordOf(id, 0));
  const listed: string[] = [];
  for (const record of index.values()) {
    listed.push(record.messageId);
    index.remove(record);
  }
  expect(listed).toEqual(["a", "b", "c"]);
  expect(idsOf(index)).toEqual([]);
});

it("keeps no message alive by one that was removed", () => {
  const index = new MessageIndex();
  const [first, second] = [recordOf("a", 0), recordOf("b", 1)];
  index.add(first);
  index.add(second);
  index.remove(first);
  expect([first.newer, second.older]).toEqual([undefined, undefined]);
});
