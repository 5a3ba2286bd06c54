import { type App, createApp, handle } from "@jobs/core";
import { openResults } from "./stores.ts";
import { exportShapes, exportTable, tellUser } from "./tasks.ts";

type Tasks = [typeof exportShapes, typeof exportTable, typeof tellUser];

/** The platform. The environment names its broker: JOBS_BROKER, else SQLite beside jobs.config.ts. */
export function createPlatform(env: NodeJS.ProcessEnv): App<Tasks> {
  // #region app
  return createApp({
    queuePrefix: env.QUEUE_PREFIX ?? "dev-",
    routes: { "export.*": "export", "msg.*": "msg" },
    monitor: "platform",
    results: openResults(env),
    tasks: [exportShapes, exportTable, tellUser],
    handlers: [
      handle(exportShapes, ({ layer }) => `${layer}.zip`),
      handle(exportTable, ({ layer, columns }, ctx) => {
        ctx.progress({ columns: columns.length });
        return `${layer}.csv`;
      }),
      handle(tellUser, ({ to, files }) => `told ${to} of ${files.join(" and ")}`),
    ],
  });
  // #endregion app
}

export default createPlatform(process.env);
