import { type App, chain, group, type StartedFlow, step } from "@jobs/core";
import { exportShapes, exportTable, tellUser } from "./tasks.ts";

/** Exports a layer in both formats at the same time, and notifies the user when both are ready. */
export function orderExport(app: App, layer: string, to: string): Promise<StartedFlow> {
  // #region order
  return app.start(
    chain([
      group([step(exportShapes, { layer }), step(exportTable, { layer, columns: ["id", "name"] })]),
      step(tellUser, { to }, { takes: { files: "." } }),
    ]),
  );
  // #endregion order
}
