// #region accepted
import { type App, defineTask, upcast } from "@jobs/core";

export const resize = defineTask("resize", { file: "string", width: "integer?" });

/** Sends the new parameter as soon as each worker knows it. */
export async function sendResize(app: App, file: string, width: number): Promise<void> {
  const isKnown = await app.isAcceptedByAll(resize);
  await app.enqueue(resize, isKnown ? { file, width } : { file });
}
// #endregion

// #region versions
export const sendEmail = defineTask(
  "send_email",
  { to: "string", sizeKb: "number" },
  {
    version: 3,
    from: {
      1: upcast({ mail: "string", size: "number" }, ({ mail, size }) => ({ to: mail, size })),
      2: upcast({ to: "string", size: "number" }, ({ to, size }) => ({ to, sizeKb: size / 1_000 })),
    },
  },
);
// #endregion

// #region down
export const renamed = defineTask(
  "export",
  { layer: "string" },
  {
    version: 2,
    from: { 1: upcast({ table: "string" }, ({ table }) => ({ layer: table })) },
    to: { 1: ({ layer }) => ({ table: layer }) },
  },
);

/** While workers of the older release live. */
export async function exportForOldWorkers(app: App, layer: string): Promise<void> {
  await app.enqueue(renamed, { layer }, { version: 1 });
}
// #endregion
