import { defineTask, upcast } from "@jobs/core";
import { MOVED, QUEUE, type Release } from "./release.ts";
import { release1 } from "./release-1.ts";

const queue = QUEUE;

/** The release in between: its workers accept the old form and the new one, and its producers send the new one. */
export const release2: Release = {
  queues: [QUEUE, MOVED.from, MOVED.to],
  tasks: {
    reorder: {
      task: defineTask("reorder", { b: "string", a: "integer" }, { queue }),
      sends: { b: "x", a: 1 },
    },
    "add optional": {
      task: defineTask("add_optional", { a: "integer", b: "integer?" }, { queue }),
      sends: { a: 1, b: 2 },
    },
    "add required": {
      task: defineTask("add_required", { a: "integer", b: "integer?" }, { queue }),
      sends: { a: 1, b: 2 },
    },
    remove: { task: defineTask("remove", { a: "integer", b: "integer?" }, { queue }), sends: { a: 1 } },
    rename: {
      task: defineTask(
        "rename",
        { address: "string" },
        { queue, version: 2, from: { 1: upcast({ to: "string" }, ({ to }) => ({ address: to })) } },
      ),
      sends: { address: "x" },
    },
    "accept more": { task: defineTask("accept_more", { n: "number" }, { queue }), sends: { n: 1.5 } },
    // Producers first: its workers are still those of the release before.
    "accept fewer": { ...release1.tasks["accept fewer"], sends: { n: 1 } },
    "rename task": {
      task: defineTask("new_name", { a: "integer" }, { queue, aliases: ["old_name"] }),
      sends: { a: 1 },
    },
    move: { task: defineTask("move", { a: "integer" }, { queue: MOVED.to }), sends: { a: 1 } },
  },
};
