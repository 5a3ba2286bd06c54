import { defineConfig } from "@jobs/cli";
import { readSettings } from "./src/settings.ts";
import { workFolder } from "./src/work-folder.ts";

const { folder, maxAttempts, delayMs } = readSettings(process.env);

export default defineConfig({
  app: "./src/app.ts",
  broker: { kind: "sqlite", file: workFolder(folder).database, synchronous: "normal" },
  // Short, so that the jobs of a killed worker run again soon.
  worker: { lease: "3s" },
  tasks: {
    // A base equal to its maximum, with full jitter, gives a random time between 0 and DELAY_TIME.
    etl_process: {
      attempts: maxAttempts,
      backoff: { type: "exponential", baseMs: delayMs, maxMs: delayMs },
    },
  },
});
