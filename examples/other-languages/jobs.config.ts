import type { Config } from "@jobs/cli";

export default { app: "./src/app.ts" } satisfies Config;
