import { defineTask } from "@jobs/core";
import { MOVED, QUEUE, type Release } from "./release.ts";
import { release2 } from "./release-2.ts";

const queue = QUEUE;

/** The release after all changes: what only served the old form is gone. */
export const release3: Release = {
  queues: [QUEUE, MOVED.to],
  tasks: {
    ...release2.tasks,
    "add required": {
      task: defineTask("add_required", { a: "integer", b: "integer" }, { queue }),
      sends: { a: 1, b: 2 },
    },
    remove: { task: defineTask("remove", { a: "integer" }, { queue }), sends: { a: 1 } },
    rename: {
      task: defineTask("rename", { address: "string" }, { queue, version: 2 }),
      sends: { address: "x" },
    },
    "accept fewer": { task: defineTask("accept_fewer", { n: "integer" }, { queue }), sends: { n: 1 } },
    "rename task": { task: defineTask("new_name", { a: "integer" }, { queue }), sends: { a: 1 } },
  },
};
