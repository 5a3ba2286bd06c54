import { defineConfig } from "@jobs/cli";

export default defineConfig({ app: "./app.ts" });
