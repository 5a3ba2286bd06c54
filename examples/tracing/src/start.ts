// The SDK is registered before the first call of the app.

import { app, takeOrder } from "./app.ts";
import { drawTrace } from "./print-trace.ts";
import { exporter } from "./telemetry.ts";

await app.enqueue(takeOrder, { item: "kettle" });
await app.worker({ until: { type: "drained" } }).run();
await app.close();
process.stdout.write(`${drawTrace(exporter.getFinishedSpans())}\n`);
