import { codeCompiler, keepCompiledCode } from "./compile-cache.ts";
import { endOnStopSignals } from "./early-stop.ts";
import { shareImport } from "./import-module.ts";
import { endProcess } from "./output/exit-process.ts";

const argv = process.argv.slice(2);
endOnStopSignals(argv);
shareImport();
keepCompiledCode(codeCompiler(), { loaders: require.extensions, bundles: import.meta.dirname });

// Loaded later, so that stop signals are handled first. The process exits explicitly, because a handler that never
// returns or an idle socket would keep it alive.
void import("./main.ts").then(({ main }) => main(argv)).then(endProcess);
