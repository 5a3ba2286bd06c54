import { defineConfig } from "@jobs/cli";

export default defineConfig({
  app: "./src/app.ts",
  // Short, so that the jobs of a killed worker come back while somebody is watching.
  worker: { lease: "3s", concurrency: 1 },
});
