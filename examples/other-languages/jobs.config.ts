import { defineConfig } from "@jobs/cli";

export default defineConfig({ app: "./src/app.ts" });
