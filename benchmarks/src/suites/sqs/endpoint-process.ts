// An SQS in its own process, so that the measured program does not share a processor with it: `endpoint-process.js
// PREFIX…`. Sends its address, and its use whenever it is asked.
import { startSqsEndpoint } from "@jobs/test-servers";
import type { EndpointUse } from "./measured-sqs.ts";

const endpoint = await startSqsEndpoint();
const queues: Record<string, string> = {};
for (const prefix of process.argv.slice(2)) {
  const queue = await endpoint.createQueue({ name: `${prefix}default`, dlq: `${prefix}dead` });
  queues[prefix] = queue.url;
}
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  const { total, billed } = endpoint.requests();
  const use: EndpointUse = { requests: total, billed, cpuUs: user + system };
  process.send?.(use);
});
process.on("disconnect", () => process.exit());
process.send?.({ url: endpoint.url, queues });
