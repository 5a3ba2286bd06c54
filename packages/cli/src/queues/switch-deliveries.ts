import { hostname, userInfo } from "node:os";
import type { App } from "@jobs/core";
import type { Output } from "../output/output.ts";
import { printable } from "../output/printable.ts";
import { warnOfUnused } from "./selected-queues.ts";

/** A queue to pause or resume. */
export interface DeliverySwitch {
  readonly queue: string;
  readonly to: "paused" | "resumed";
  readonly isDryRun: boolean;
}

/** Pauses or resumes one queue and prints the result. @throws UnsupportedError where the broker cannot. */
export async function switchDeliveries(app: App, change: DeliverySwitch, output: Output): Promise<void> {
  const { queue: name, to, isDryRun } = change;
  warnOfUnused(app, [name]);
  await app.queue(name);
  await (to === "paused" ? app.pause(name, { by: whoCalls() }) : app.resume(name));
  if (output.isJson) output.json({ queue: name, isPaused: to === "paused", isDryRun });
  else output.line(`${isDryRun ? "would be " : ""}${to}: ${printable(name)}`);
}

/** Who calls this command, for `jobs why`: `user@host`. A container may have no name for its user. */
function whoCalls(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return `${process.getuid?.() ?? "?"}@${hostname()}`;
  }
}
