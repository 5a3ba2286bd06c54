import type { App } from "@jobs/core";
import { warn } from "../output/warn.ts";

/** So many jobs are received unless the user asks for more. */
export const RECEIVED_SAMPLE = 1_000;

/** Says what receives cost before the first one, for each queue that cannot show its jobs. */
export async function warnOfReceives(app: App, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const { capabilities } = await app.queue(name);
    if (capabilities.peek === true) continue;
    const { maxReceive, maxDeliveries } = capabilities;
    const policy =
      maxDeliveries === null
        ? ""
        : ` The queue moves a job to its dead-letter queue after ${maxDeliveries} of them.`;
    warn(
      `${name}: its ready jobs are received and then released. Every ${maxReceive} jobs cost two requests, ` +
        `workers do not get them meanwhile, and each receive counts as a delivery.${policy}`,
    );
  }
}
