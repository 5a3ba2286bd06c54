import { defineTask } from "@jobs/core";
import { MOVED, QUEUE, type Release } from "./release.ts";

const queue = QUEUE;

/** The release before all changes. */
export const release1: Release = {
  queues: [QUEUE, MOVED.from],
  tasks: {
    reorder: {
      task: defineTask("reorder", { a: "integer", b: "string" }, { queue }),
      sends: { a: 1, b: "x" },
    },
    "add optional": { task: defineTask("add_optional", { a: "integer" }, { queue }), sends: { a: 1 } },
    "add required": { task: defineTask("add_required", { a: "integer" }, { queue }), sends: { a: 1 } },
    remove: { task: defineTask("remove", { a: "integer", b: "integer" }, { queue }), sends: { a: 1, b: 2 } },
    rename: { task: defineTask("rename", { to: "string" }, { queue }), sends: { to: "x" } },
    "accept more": { task: defineTask("accept_more", { n: "integer" }, { queue }), sends: { n: 1 } },
    "accept fewer": { task: defineTask("accept_fewer", { n: "number" }, { queue }), sends: { n: 1.5 } },
    "rename task": { task: defineTask("old_name", { a: "integer" }, { queue }), sends: { a: 1 } },
    move: { task: defineTask("move", { a: "integer" }, { queue: MOVED.from }), sends: { a: 1 } },
  },
};
