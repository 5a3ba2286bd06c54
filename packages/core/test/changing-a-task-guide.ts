// #region accepted
import { type App, defineTask } from "@jobs/core";

export const resize = defineTask("resize", { file: "string", width: "integer?" });

/** Sends the new parameter as soon as each worker knows it. */
export async function sendResize(app: App, file: string, width: number): Promise<void> {
  const isKnown = await app.isAcceptedByAll(resize);
  await app.enqueue(resize, isKnown ? { file, width } : { file });
}
// #endregion
