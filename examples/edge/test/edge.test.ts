import { startSqsEndpoint } from "@jobs/test-servers";
import { expect, it, vi } from "vitest";
import edge from "../src/function.ts";

it("a worker runs what the function at the edge enqueues", async () => {
  await using server = await startSqsEndpoint();
  await server.createQueue({ name: "images", dlq: "images-dead", maxReceiveCount: 20 });
  const keys = { AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
  const env = { ...keys, AWS_ACCOUNT_ID: "000000000000", SQS_ENDPOINT: server.url };
  const request = new Request("https://shop.example/", {
    method: "POST",
    body: JSON.stringify({ file: "a.png" }),
  });
  expect((await edge.fetch(request, env)).status).toBe(202);

  for (const [name, value] of Object.entries(keys)) vi.stubEnv(name, value);
  vi.stubEnv("AWS_ENDPOINT_URL_SQS", server.url);
  const printed = vi.spyOn(console, "log").mockImplementation(() => {});
  const { app } = await import("../src/app.ts");
  await app.worker({ until: { type: "settled", jobs: 1 }, ownsProcess: false }).run();
  expect(printed.mock.calls).toEqual([["a.png to 800 px"]]);
  await app.close();
  vi.unstubAllEnvs();
});
