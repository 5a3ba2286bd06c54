import type { App } from "@jobs/core";

/**
 * Lays environment and configuration file over an app, as `jobs worker` does: settings, broker, result store,
 * schedules. For programs that run their own worker: `await configureApp(app); await app.worker().run();`. They win
 * over everything that code says, so no code can bypass them (requirement C20). Call it once, before the app opens.
 * Modules that the command or `createHost` loads do not need it.
 * @throws ConfigError for an invalid value, naming file and line or variable · for an app that is open or configured
 */
export async function configureApp(app: App): Promise<void> {
  // A configuration file imports this package for its types; it must not load all of this.
  const { bindOwnApp } = await import("./open-app.ts");
  await bindOwnApp(app);
}
