import { defineConfig } from "@jobs/cli";

export default defineConfig({
  app: "./src/app.ts",
  // Short, so that the jobs of a killed worker run again soon.
  worker: { lease: "3s", concurrency: 1 },
});
