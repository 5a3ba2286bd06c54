import { askRedis, hasRedis, startRedisServer } from "@jobs/test-servers";
import { ScaledObject } from "@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject";
import { TriggerAuthentication } from "@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication";
import { describe, expect, it } from "vitest";
import { createSqsProject, provision } from "../commands/sqs-project.ts";
import { createProject } from "../project.ts";
import { scrape, startStats } from "./exporters.ts";
import { manifests, triggersOf } from "./monitoring-files.ts";

const KINDS = { ScaledObject, TriggerAuthentication } as const;

/** Metadata of triggers, as KEDA's own schema lists it: required names, and others. */
const METADATA: Readonly<
  Record<string, readonly [required: readonly string[], optional: readonly string[]]>
> = {
  prometheus: [
    ["serverAddress", "query", "threshold"],
    ["activationThreshold", "ignoreNullValues", "queryParameters", "namespace", "customHeaders", "unsafeSsl"],
  ],
  redis: [
    ["address", "listName", "listLength"],
    ["activationListLength", "databaseIndex", "enableTLS", "unsafeSsl", "usernameFromEnv", "passwordFromEnv"],
  ],
  "aws-sqs-queue": [
    ["queueURL", "awsRegion"],
    ["queueLength", "activationQueueLength", "awsEndpoint", "scaleOnInFlight", "scaleOnDelayed"],
  ],
};

const isRedisThere = await hasRedis({ isOwn: true });

describe("the scalers of examples/monitoring", () => {
  it.each(["keda-prometheus.yaml", "keda-redis.yaml", "keda-sqs.yaml"])(
    "%s fits the schema of KEDA",
    (file) => {
      for (const manifest of manifests(file)) {
        const Kind = KINDS[manifest.kind as keyof typeof KINDS];
        expect(() => new Kind(manifest as never).validate()).not.toThrow();
        const { spec: _, ...empty } = manifest;
        expect(() => new Kind(empty as never).validate()).toThrow();
      }
      for (const { type, metadata } of triggersOf(file)) {
        const [required = [], optional = []] = METADATA[type] ?? [];
        expect(Object.keys(metadata)).toEqual(expect.arrayContaining([...required]));
        expect([...required, ...optional]).toEqual(expect.arrayContaining(Object.keys(metadata)));
        for (const value of Object.values(metadata)) expect(value).toBeTypeOf("string");
      }
    },
  );

  it("the query of Prometheus finds the queues that the exporter shows", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    const stats = await startStats(project);
    const { text } = await scrape(stats.url);
    expect(await stats.end()).toBe(0);
    const [{ metadata } = { metadata: {} as Readonly<Record<string, string>> }] =
      triggersOf("keda-prometheus.yaml");
    const selector = /jobs_queue_jobs\{queue=~"([^"]+)",state=~"([^"]+)"\}/.exec(metadata.query ?? "");
    const [queues = "", states = ""] = selector?.slice(1) ?? [];
    const sample = new RegExp(
      `^jobs_queue_jobs\\{broker="sqlite",queue="(${queues})",state="(${states})"\\} (\\d+)$`,
      "gm",
    );
    const found = [...text.matchAll(sample)].map(([, queue, state, count]) => [queue, state, count]);
    expect(found).toEqual([
      ["default", "ready", "1"],
      ["default", "leased", "0"],
      ["mail", "ready", "0"],
      ["mail", "leased", "0"],
    ]);
  });

  it.runIf(isRedisThere)("the lists of Redis hold the ready and the leased jobs", async () => {
    await using server = await startRedisServer({ appendfsync: "no" });
    using project = createProject();
    const env = { JOBS_BROKER: server.url };
    for (const count of [1, 2]) await project.jobs(["enqueue", "my_task", `a=${count}`, "b=2"], { env });
    const lists = triggersOf("keda-redis.yaml").map(({ metadata }) => metadata.listName ?? "");
    const lengths = lists.map((list) => askRedis(server.port, `LLEN ${list}`));
    expect(await Promise.all(lengths)).toEqual([":2", ":0"]);
  });

  it("the queue of SQS is the one that an app with that prefix asks for", async () => {
    await using at = await createSqsProject();
    const [{ metadata } = { metadata: {} as Readonly<Record<string, string>> }] = triggersOf("keda-sqs.yaml");
    const name = new URL(metadata.queueURL ?? "").pathname.split("/").at(-1) ?? "";
    for (const queue of [name, "shop-mail"]) await provision(at.sqs, queue);
    const sent = await at.project.jobs(["enqueue", "my_task", "a=1", "b=2", "--prefix", "shop-"], {
      env: at.env,
    });
    expect(sent).toMatchObject({ code: 0 });
    const stats = await at.project.json(["stats", "--queues", "default", "--prefix", "shop-", "--json"], {
      env: at.env,
    });
    expect(stats).toMatchObject({ queues: [{ name: "default", ready: { n: 1 } }] });
    expect(name).toBe("shop-default");
    expect(new URL(metadata.queueURL ?? "").hostname).toBe(`sqs.${metadata.awsRegion}.amazonaws.com`);
  });
});
