import { main } from "./main.ts";

// A handler that never returns, or a driver's idle socket, must not keep the process alive.
void main(process.argv.slice(2)).then((exitCode) => process.exit(exitCode));
