// An endpoint in a process of its own, whose time moves only when its parent says so.
import { advance, stopTime } from "./virtual-timers.mjs";

stopTime(Number(process.argv[2]));
const { startSqsEndpoint } = await import("@jobs/test-servers");
const endpoint = await startSqsEndpoint({ isShuffled: true });

process.on("message", async ({ id, spec, ms }) => {
  if (spec !== undefined) await endpoint.createQueue(spec);
  if (ms !== undefined) await advance(ms);
  process.send?.({ id });
});
process.on("disconnect", () => process.exit());
process.send?.({ url: endpoint.url });
