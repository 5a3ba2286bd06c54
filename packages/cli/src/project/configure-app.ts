import type { App } from "@jobs/core";

/**
 * Lays environment and configuration file over an app, as `jobs worker` does: settings, broker, result store, schedules.
 * For programs that run their own worker: `await configureApp(app); await app.worker().run();`. They win over everything
 * that code says, so no code can bypass them (requirement C20). Once, before the app opens, and not in a module that the
 * command or `createHost` loads: they do it by themselves.
 * @throws ConfigError for what cannot be read, naming file and line or variable · for an app that is open or was
 * given settings already
 */
export async function configureApp(app: App): Promise<void> {
  // A configuration file imports this package for its types; it must not load all of this.
  const { bindOwnApp } = await import("./open-app.ts");
  await bindOwnApp(app);
}
