import fc from "fast-check";
import { expect, it } from "vitest";
import { createRecord, type MessageRecord } from "./message-record.ts";
import { RecordHeap } from "./record-heap.ts";

function recordAt(at: number): MessageRecord {
  return createRecord({ id: "job", label: "", body: "" }, { messageId: "job", order: 0, dueAt: at });
}

const times = fc.array(fc.nat(20), { maxLength: 40 });

it("brings the smallest key first, whatever was taken out or changed in between", () => {
  fc.assert(
    fc.property(times, times, fc.array(fc.nat(39)), (added, changed, removed) => {
      const heap = new RecordHeap((record) => record.at);
      const records = added.map(recordAt);
      for (const record of records) heap.add(record);
      changed.slice(0, records.length).forEach((at, index) => {
        const record = records[index]!;
        record.at = at;
        heap.moved(record);
      });
      const gone = new Set(removed.flatMap((index) => records[index] ?? []));
      for (const record of gone) heap.remove(record);
      const left = records.filter((record) => !gone.has(record)).map(({ at }) => at);
      expect(drain(heap)).toEqual(left.sort((one, other) => one - other));
    }),
    { seed: 1 },
  );
});

it("forgets where a record was that it no longer holds", () => {
  const heap = new RecordHeap((record) => record.at);
  const record = recordAt(1);
  heap.add(record);
  heap.remove(record);
  expect(record.heapIndex).toBe(-1);
  expect(heap.size).toBe(0);
});

function drain(heap: RecordHeap): readonly number[] {
  const drained: number[] = [];
  for (let first = heap.first; first !== undefined; first = heap.first) {
    heap.remove(first);
    drained.push(first.at);
  }
  return drained;
}
