// #region tasks
import { defineTask } from "@jobs/producer";

/** For both sides: the function at the edge and the worker import this file. */
export const resize = defineTask("resize", { file: "string", width: "integer?" }, { queue: "images" });
// #endregion
