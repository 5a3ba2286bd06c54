// Node 20 cannot run TypeScript; jiti loads it, as in the jobs command.
import { createJiti } from "jiti";

await createJiti(import.meta.url).import("./src/start.ts");
