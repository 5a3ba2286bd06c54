import { createApp, handle } from "@jobs/core";
import { OutputFile } from "./output-file.ts";
import { readSettings } from "./settings.ts";
import { simulateWork } from "./simulate-work.ts";
import { etlProcess, etlWrite, writeJobId } from "./tasks.ts";
import { workFolder } from "./work-folder.ts";

const settings = readSettings(process.env);
const output = new OutputFile(workFolder(settings.folder));

export default createApp({
  tasks: [etlProcess, etlWrite],
  handlers: [
    // #region handlers
    handle(etlProcess, async (record, ctx) => {
      await simulateWork(settings, ctx);
      await ctx.enqueue(etlWrite, { ...record, retries: ctx.attempt - 1 }, { id: writeJobId(ctx.id) });
    }),
    handle(etlWrite, (record) => output.append(record)),
    // #endregion handlers
  ],
  observers: [
    (event) => {
      if (event.type === "worker.stopped") output.publish();
    },
  ],
});
