// A worker process of a host that was created in code. It loads the app in its orders and runs a worker.
import { once } from "node:events";
import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { App, WorkerOptions } from "@jobs/core";
import { bindApp, constructorLayer, environmentLayer, resolveConfig } from "@jobs/core/config";
import { guardExit } from "@jobs/core/runtime";
import { importModule } from "./import-module.ts";
import { type ChildOrders, EXIT_INTERNAL } from "./process/host-messages.ts";
import { serveHost } from "./process/serve-host.ts";

let isDone = false;
guardExit(({ how, code, reason }) => {
  // Node prints an error that nothing caught, and its status is a failure already.
  if (isDone || how === "thrown") return undefined;
  writeSync(2, `jobs: a worker process has ended before its worker: ${reason}.\n`);
  return code === 0 || how === "idle" ? EXIT_INTERNAL : undefined;
});
const [orders] = (await once(process, "message")) as [ChildOrders];
const app = (await importModule(orders.app)).default as App;
await applySettings(app, orders.app);
await serveHost({
  worker: app.worker(orders.worker),
  observe: (observer) => app.observe(observer),
  graceMs: graceOf(app, orders.worker ?? {}),
  recycle: orders.recycle ?? {},
});
await app.close();
isDone = true;
// A handler that never returns, or a driver's idle socket, must not keep the process alive.
process.exit(0);

/** The part of the command's package that is used here. */
interface CommandPackage {
  configureApp(app: App): Promise<void>;
}

/**
 * Applies environment and configuration file to the app of a host's process, so that no code can bypass them (C14,
 * C20). `@jobs/cli` reads the file: without it beside the app only the environment applies.
 * @throws ConfigError for what cannot be read · for an app that its own module has opened already
 */
async function applySettings(app: App, moduleUrl: string): Promise<void> {
  const command = await loadCommand(moduleUrl);
  if (command !== undefined) return command.configureApp(app);
  const config = resolveConfig([environmentLayer(process.env), ...app.config.layers]);
  bindApp(app, app.definition.with({ config }));
}

/** How long a worker with these options may take to stop, in ms, from all layers of settings. */
function graceOf(app: App, worker: WorkerOptions): number {
  return resolveConfig([constructorLayer({ worker }), ...app.config.layers]).worker.shutdownTimeoutMs;
}

async function loadCommand(moduleUrl: string): Promise<CommandPackage | undefined> {
  try {
    const path = createRequire(moduleUrl).resolve("@jobs/cli");
    return (await import(pathToFileURL(path).href)) as CommandPackage;
  } catch (error) {
    if ((error as { readonly code?: string }).code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
