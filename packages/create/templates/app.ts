import { sqlite, sqliteHistory } from "@jobs/adapter-sqlite";
import { createApp, defineTask, handle } from "@jobs/core";

/** A contract: a name and named parameters. Whoever enqueues needs nothing else. */
export const welcome = defineTask("welcome", { email: "string", name: "string?" });

export default createApp({
  broker: sqlite({ file: ".jobs/jobs.db" }),
  history: sqliteHistory({ file: ".jobs/jobs.db" }),
  tasks: [welcome],
  handlers: [
    handle(welcome, async ({ email, name = "there" }, ctx) => {
      ctx.log.info("writing a letter");
      return `Dear ${name}, welcome! (to ${email})`;
    }),
  ],
});
