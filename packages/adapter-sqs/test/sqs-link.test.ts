import { startSqsEndpoint } from "@jobs/test-servers";
import { expect, it } from "vitest";
import { SqsLink } from "../src/client/sqs-link.ts";
import { atEndpoint } from "./sqs-world.ts";

it("a request without an answer ends in its own time, and of a send it is said that it may have arrived [F22]", async () => {
  await using endpoint = await startSqsEndpoint();
  const { url } = await endpoint.createQueue({ name: "slow" });
  const link = new SqsLink(atEndpoint(endpoint));
  const count = () =>
    link.call({
      queue: "slow",
      withinMs: 2_000,
      run: (client) => client.getQueueAttributes({ QueueUrl: url }),
    });
  await count();
  const fault = endpoint.play({ kind: "delay", ms: 500, side: "answer", actions: ["SendMessage"] });
  const send = link.call({
    queue: "slow",
    isSend: true,
    withinMs: 50,
    run: (client) => client.sendMessage({ QueueUrl: url, MessageBody: "{}" }),
  });
  await expect(send).rejects.toMatchObject({ code: "broker_unavailable", maybeSent: true, retryable: true });
  await expect.poll(() => fault.met).toBe(1);
  await count();
  await link.close();
});
