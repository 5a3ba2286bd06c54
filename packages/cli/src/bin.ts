import { endOnStopSignals } from "./early-stop.ts";
import { endProcess } from "./output/exit-process.ts";

const argv = process.argv.slice(2);
endOnStopSignals(argv);

// Loaded behind, so that a stop is heard before. A handler that never returns, or a driver's idle socket, must not keep
// the process alive.
void import("./main.ts").then(({ main }) => main(argv)).then(endProcess);
