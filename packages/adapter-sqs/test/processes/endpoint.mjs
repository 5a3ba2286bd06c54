// An endpoint in a process of its own, for tests that keep theirs busy. Ends with its parent.
import { startSqsEndpoint } from "@jobs/test-servers";

const endpoint = await startSqsEndpoint({ isShuffled: true });
process.on("message", async ({ id, spec }) => {
  await endpoint.createQueue(spec);
  process.send?.({ id });
});
process.on("disconnect", () => process.exit());
process.send?.({ url: endpoint.url });
