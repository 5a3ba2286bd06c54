// Node 20 runs no TypeScript by itself; jiti loads it, as the jobs command does with an app.
import { createJiti } from "jiti";

const { start } = await createJiti(import.meta.url).import("./src/start.ts");
process.exitCode = await start(process.argv.slice(2));
