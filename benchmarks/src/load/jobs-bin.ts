import { fileURLToPath } from "node:url";

/** The path of the command, as it is installed. */
export const JOBS_BIN = fileURLToPath(new URL("bin/jobs.js", import.meta.resolve("@jobs/cli/package.json")));
