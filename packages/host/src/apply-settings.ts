import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { App, WorkerOptions } from "@jobs/core";
import { bindApp, constructorLayer, environmentLayer, resolveConfig } from "@jobs/core/config";

/** The used part of the command's package. */
interface CommandPackage {
  configureApp(app: App): Promise<void>;
}

/**
 * Applies environment and configuration file to the app of a host's process, so that no code can bypass them (C14,
 * C20). `@jobs/cli` reads the file: without it beside the app only the environment applies.
 * @throws ConfigError for what cannot be read · for an app that its own module has opened already
 */
export async function applySettings(app: App, moduleUrl: string): Promise<void> {
  const command = await loadCommand(moduleUrl);
  if (command !== undefined) return command.configureApp(app);
  const config = resolveConfig([environmentLayer(process.env), ...app.config.layers]);
  bindApp(app, app.definition.with({ config }));
}

/** How long a worker with these options may take to stop, in ms, from whichever layer of settings. */
export function graceOf(app: App, worker: WorkerOptions): number {
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
