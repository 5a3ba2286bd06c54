import { hasRedis } from "@jobs/test-servers";
import { describe, expect, test } from "vitest";
import { ROWS } from "../src/rolling/release.ts";
import { rollOut } from "../src/rolling/roll-out.ts";

const BROKERS = ["sqlite", ...((await hasRedis({ isOwn: true })) ? ["redis"] : []), "sqs"];

/** Jobs of each row in each step. */
const JOBS = 2;

const FITS = `${JOBS} succeeded`;
const HELD = `${JOBS} held: signature_mismatch`;
const HELD_TASK = `${JOBS} held: unknown_task`;
const DEAD = `${JOBS} dead: signature_mismatch`;
const DEAD_TASK = `${JOBS} dead: unknown_task`;

/** Its queue has no reader. */
const WAITS = "waits";

/** What the table in docs/guide/signatures.md says of a new job on an old worker. */
const NEW_ON_OLD = {
  reorder: FITS,
  "add optional": HELD,
  "add required": HELD,
  remove: HELD,
  rename: HELD,
  "accept more": HELD,
  "accept fewer": FITS,
  "rename task": HELD_TASK,
  move: WAITS,
};

/** What it says of an old job on a new worker. */
const OLD_ON_NEW = {
  reorder: FITS,
  "add optional": FITS,
  "add required": HELD,
  remove: HELD,
  rename: HELD,
  "accept more": FITS,
  "accept fewer": HELD,
  "rename task": HELD_TASK,
  move: WAITS,
};

/** The same when nobody knows the old signatures any more. Where only types differ, that is not known. */
const GONE_ON_NEW = {
  ...OLD_ON_NEW,
  "add required": DEAD,
  remove: DEAD,
  rename: DEAD,
  "rename task": DEAD_TASK,
};

describe.concurrent("a rolling deploy of two releases in processes of their own", () => {
  test.each(BROKERS)(
    "on %s is safe in the order of the table, and loses nothing in others [F53]",
    { timeout: 120_000 },
    async (broker) => {
      const { sent, lost, safe, newOnOld, oldOnNew, goneOnNew, messages } = await rollOut({
        broker,
        jobs: JOBS,
        holdMs: 3_000,
      });
      expect(sent).toBe(ROWS.length * JOBS * 11);
      expect(lost).toEqual([]);
      expect(safe).toEqual(Object.fromEntries(ROWS.map((row) => [row, `${8 * JOBS} succeeded`])));
      expect(newOnOld).toEqual(NEW_ON_OLD);
      expect(oldOnNew).toEqual(OLD_ON_NEW);
      // SQS has no coordination store, so the jobs are held there.
      expect(goneOnNew).toEqual(broker === "sqs" ? OLD_ON_NEW : GONE_ON_NEW);
      expect(messages).toHaveLength(broker === "sqs" ? 0 : 4 * JOBS);
      for (const message of messages)
        expect(message).toContain("no live worker or producer knows the signature");
    },
  );
});
