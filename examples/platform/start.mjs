// Node 20 cannot run TypeScript; jiti loads it, as in the jobs command.
import { createJiti } from "jiti";

const { start } = await createJiti(import.meta.url).import("./src/start.ts");
process.exitCode = await start(process.argv.slice(2));
