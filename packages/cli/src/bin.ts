import { main } from "./main.ts";

const exitCode = await main(process.argv.slice(2));
// A handler that never returns, or a driver's idle socket, must not keep the process alive.
process.exit(exitCode);
