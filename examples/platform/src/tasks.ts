import { defineTask } from "@jobs/core";

/** Writes a layer of the map as shape files. Gives the name of the archive. */
export const exportShapes = defineTask("export.shp", { layer: "string" });

/** Writes some columns of a layer as a table. Gives the name of the file. */
export const exportTable = defineTask("export.csv", { layer: "string", columns: "array" });

/** Tells somebody that files are ready. */
export const tellUser = defineTask("msg.ready", { to: "string", files: "array" });
