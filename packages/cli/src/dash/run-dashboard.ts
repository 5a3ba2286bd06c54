import { keepAliveClock, listenToStopSignals } from "@jobs/core/runtime";
import type { DashboardToken } from "@jobs/dashboard";
import type { Output } from "../output/output.ts";
import { writeNow } from "../output/write-now.ts";
import { loadPackage } from "../project/find-adapter.ts";
import { openApp } from "../project/open-app.ts";
import type { FlagSettings } from "../project/open-project.ts";

/** What the flags of `jobs dash` say. */
export interface DashFlags extends FlagSettings {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly token?: readonly DashboardToken[] | undefined;
  readonly "allow-host"?: readonly string[] | undefined;
  readonly "base-path"?: string | undefined;
  readonly "read-only": boolean;
  readonly "show-params": boolean;
}

/**
 * Serves the dashboard of the project until the process is asked to end.
 * @throws ConfigError when `@jobs/dashboard` is not installed, and as `serveDashboard`
 */
export async function runDashboard(flags: DashFlags, output: Output): Promise<void> {
  const isReadOnly = flags["read-only"];
  await using opened = await openApp({ flags, isAppOptional: true, use: isReadOnly ? "look" : "change" });
  const { app, project } = opened;
  const loaded = await loadPackage("@jobs/dashboard", project.folder);
  const { serveDashboard } = loaded as unknown as typeof import("@jobs/dashboard");
  const hosts = flags["allow-host"];
  const server = await serveDashboard(
    {
      app,
      mode: isReadOnly ? "read" : "act",
      tokens: flags.token ?? [],
      showParams: flags["show-params"],
      ...(flags["base-path"] === undefined ? {} : { basePath: flags["base-path"] }),
      ...(hosts === undefined ? {} : { hosts }),
    },
    {
      ...(flags.host === undefined ? {} : { host: flags.host }),
      ...(flags.port === undefined ? {} : { port: flags.port }),
    },
  );
  if (output.isJson) output.json({ schema: "jobs.dash/1", url: server.url });
  else writeNow(2, `listening on ${server.url}\n`);
  await new Promise<void>((resolve) => {
    listenToStopSignals({ onStop: () => resolve(), onForce: () => {}, clock: keepAliveClock });
  });
  await server.close();
}
