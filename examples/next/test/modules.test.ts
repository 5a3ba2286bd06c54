import { fileURLToPath } from "node:url";
import { startSqsEndpoint } from "@jobs/test-servers";
import { fake } from "@jobs/testing/vitest";
import { build } from "esbuild";
import { expect, it, vi } from "vitest";
import { placeOrder } from "../project/app/actions.ts";
import { POST as postEdge } from "../project/app/api/edge/route.ts";
import { POST as postJob } from "../project/app/api/jobs/route.ts";
import { app } from "../project/jobs/app.ts";
import { sendReceipt } from "../project/jobs/tasks.ts";

const jobs = fake(app);

it("the server action enqueues, and refuses what is no text", async () => {
  const form = new FormData();
  form.set("to", "ada@example.org");
  await placeOrder(form);
  expect(app).toHaveEnqueued(sendReceipt, { to: "ada@example.org" }, { queue: "mail", count: 1 });
  expect(jobs.jobs()).toHaveLength(1);
});

it("the route handler enqueues for whoever has the key", async () => {
  vi.stubEnv("SHOP_KEY", "good");
  const post = (key: string) =>
    postJob(
      new Request("https://shop.example/api/jobs", {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
        body: JSON.stringify({ task: "send_receipt", params: { to: "bob@example.org" } }),
      }),
    );
  expect((await post("bad")).status).toBe(401);
  expect((await post("good")).status).toBe(202);
  expect(app).toHaveEnqueued(sendReceipt, { to: "bob@example.org" }, { count: 1 });
  vi.unstubAllEnvs();
});

it("the route at the edge sends to SQS", async () => {
  await using server = await startSqsEndpoint();
  await server.createQueue({ name: "mail", dlq: "mail-dead" });
  const env = {
    AWS_REGION: "us-east-1",
    AWS_ACCOUNT_ID: "000000000000",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    SQS_ENDPOINT: server.url,
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const body = JSON.stringify({ email: "eve@example.org" });
  const response = await postEdge(new Request("https://shop.example/api/edge", { method: "POST", body }));
  expect([response.status, await response.json()]).toEqual([202, { id: expect.any(String) }]);
  vi.unstubAllEnvs();
});

it("nothing of Node is in the bundle of the edge", async () => {
  const built = await build({
    entryPoints: [fileURLToPath(new URL("../project/app/api/edge/route.ts", import.meta.url))],
    bundle: true,
    write: false,
    // As Next.js does it: the packages as they are published, for no Node.
    platform: "neutral",
    format: "esm",
    metafile: true,
  });
  expect(
    Object.values(built.metafile.inputs).flatMap(({ imports }) => imports.filter(({ external }) => external)),
  ).toEqual([]);
  expect(built.outputFiles[0]?.text).not.toMatch(/\bnode:|\brequire\(/);
});
