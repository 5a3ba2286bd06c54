import { memory } from "@jobs/adapter-memory";
import { postgresHistory, postgresResults } from "@jobs/adapter-postgres";
import { chain, group, step } from "@jobs/core";
import { hasPostgres, hasRedis, startPostgresServer } from "@jobs/test-servers";
import { afterAll, describe, it } from "vitest";
import type { FlowDetail, JobDetail, JobList, Overview } from "../src/api/api-types.ts";
import type { DashboardOptions } from "../src/index.ts";
import { DashboardWorld, mail, resize, STORAGES, type Storage } from "./dashboard-world.ts";

const postgres = (await hasPostgres()) ? await startPostgresServer() : undefined;
afterAll(() => postgres?.[Symbol.asyncDispose]());

let schemas = 0;

/** Results and history in a schema of Postgres. It is no broker, so the jobs are elsewhere. */
async function postgresStorage(url: string): Promise<Storage> {
  const place = { url, schema: `jobs_${++schemas}` };
  return {
    options: { broker: memory(), results: postgresResults(place) },
    history: () => postgresHistory(place),
    async [Symbol.asyncDispose]() {},
  };
}

const kinds = [
  "memory",
  "sqlite",
  ...((await hasRedis()) ? ["redis"] : []),
  ...(postgres === undefined ? [] : ["postgres"]),
];

// Histories are written a second late, so the tests wait side by side.
describe.each(kinds)("the history of %s", { concurrent: true }, (kind) => {
  const open = async (dashboard: Partial<DashboardOptions> = {}) => {
    const storage = await (kind === "postgres" ? postgresStorage(postgres!.url) : STORAGES[kind]!());
    const options = { ...storage.options, history: storage.history() };
    const ended = { options, [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose]() };
    return new DashboardWorld(ended, dashboard);
  };

  const idsOf = async (world: DashboardWorld, query: string) => {
    const { page } = await world.get<JobList>(`jobs${query}`);
    return "unsupported" in page ? undefined : page.jobs.map(({ id }) => id);
  };

  it("jobs are found by state, task, queue, tag and time, in pages", async ({ expect }) => {
    await using world = await open();
    const { id } = await world.app.enqueue(resize, { file: "a" }, { tags: ["customer:7"] });
    const broken = await world.app.enqueue(resize, { file: "broken" });
    await world.run(2);
    await expect.poll(() => idsOf(world, "?state=dead")).toEqual([broken.id]);
    await expect.poll(() => idsOf(world, "?state=succeeded")).toEqual([id]);
    expect(await idsOf(world, `?tag=${encodeURIComponent("customer:7")}`)).toEqual([id]);
    expect(await idsOf(world, "?task=mail")).toEqual([]);
    expect(await idsOf(world, "?queue=images&state=dead,succeeded")).toHaveLength(2);
    expect((await world.fetch("/api/jobs?state=dead,bogus")).status).toBe(400);
    expect(await idsOf(world, `?until=${Date.now() - 3_600_000}`)).toEqual([]);
    await world.app.enqueueMany(Array.from({ length: 60 }, () => [mail, { to: "a" }] as const));
    await expect.poll(() => idsOf(world, "?task=mail")).toHaveLength(50);
    const { page } = await world.get<JobList>("jobs?task=mail");
    const cursor = "unsupported" in page ? "" : (page.nextCursor ?? "");
    await expect.poll(() => idsOf(world, `?task=mail&cursor=${encodeURIComponent(cursor)}`)).toHaveLength(10);
    expect((await world.fetch("/api/jobs?cursor=none")).status).toBe(400);
  });

  it("a finished job has its timeline, tags and why", async ({ expect }) => {
    await using world = await open();
    const { id } = await world.app.enqueue(resize, { file: "broken" }, { tags: ["t"] });
    await world.run(1);
    const typesOf = async () => {
      const { timeline } = await world.get<JobDetail>(`jobs/${id}`);
      return "unsupported" in timeline ? [] : timeline.map(({ type }) => type);
    };
    await expect.poll(typesOf).toEqual(["job.enqueued", "job.started", "job.failed", "job.dead"]);
    expect(await world.get<JobDetail>(`jobs/${id}`)).toMatchObject({
      job: { state: "dead", tags: ["t"] },
      why: { cause: "dead" },
    });
  });

  it.for([true, false])(
    "parameters of its timeline are shown only if they may be: %s",
    async (showParams, { expect }) => {
      await using world = await open({ showParams });
      const { id } = await world.app.enqueue(resize, { file: "file-of-ann", key: "never-shown" });
      const read = async (query: string) => JSON.stringify(await world.get<JobDetail>(`jobs/${id}${query}`));
      await expect.poll(() => read("?params=1")).toContain("job.enqueued");
      expect((await read("?params=1")).includes("file-of-ann")).toBe(showParams);
      expect(await read("")).not.toContain("file-of-ann");
      expect(await read("?params=1")).not.toContain("never-shown");
    },
  );

  it("the overview has the last hour by minutes", async ({ expect }) => {
    await using world = await open();
    await world.app.enqueue(resize, { file: "a" });
    await world.app.enqueue(resize, { file: "broken" });
    await world.run(2);
    const sums = async () => {
      const { minutes, app } = await world.get<Overview>("overview");
      if ("unsupported" in minutes) throw new Error("no minutes");
      const sum = (key: "enqueued" | "succeeded" | "dead") =>
        minutes.reduce((whole, minute) => whole + minute[key], 0);
      return [app.history, minutes.length, sum("enqueued"), sum("succeeded"), sum("dead")];
    };
    await expect.poll(sums).toEqual([kind, 60, 2, 1, 1]);
  });

  it("a flow is a graph: lines of a group stand side by side", async ({ expect }) => {
    await using world = await open();
    const one = step(resize, { file: "a" });
    const flow = chain([one, group([chain([one, one]), one]), step(mail, { to: "x" })]);
    const { id } = await world.app.start(flow);
    const until = { type: "settled", jobs: 5 } as const;
    await world.app.worker({ ownsProcess: false, queues: ["images", "default"], until }).run();
    const read = async () => {
      const { flow: graph } = await world.get<FlowDetail>(`flows/${id}`);
      if (graph === null || "unsupported" in graph) return undefined;
      const at = new Map(graph.nodes.map((node, index) => [node.id, index]));
      return {
        steps: graph.nodes.map(({ step, state }) => `${step} ${state}`),
        edges: graph.edges.map(([from, to]) => `${at.get(from)}-${at.get(to)}`),
      };
    };
    await expect.poll(read).toEqual({
      steps: ["0 succeeded", "1 succeeded", "2 succeeded", "1 succeeded", "3 succeeded"],
      edges: ["0-1", "1-2", "0-3", "2-4", "3-4"],
    });
    expect(await world.get<FlowDetail>("flows/unknown")).toEqual({ flow: null });
  });

  it("a flow is drawn with the steps that are not sent yet", async ({ expect }) => {
    await using world = await open();
    const one = step(resize, { file: "a" });
    const mails = group([step(mail, { to: "x" }), step(mail, { to: "y" })]);
    const flow = chain([one, group([chain([one, mails]), one]), step(mail, { to: "z" })]);
    const { id } = await world.app.start(flow);
    const read = async () => {
      const { flow: graph } = await world.get<FlowDetail>(`flows/${id}`);
      if (graph === null || "unsupported" in graph) return undefined;
      return graph.nodes.map(({ step, task, state }) => `${step} ${task} ${state}`);
    };
    const mailsIn = (state: string) => [`2 mail ${state}`, `2 mail ${state}`];
    await expect
      .poll(read)
      .toEqual([
        "0 resize enqueued",
        "1 resize waiting",
        ...mailsIn("waiting"),
        "1 resize waiting",
        "3 mail waiting",
      ]);
    await world.run(3);
    await expect
      .poll(read)
      .toEqual([
        "0 resize succeeded",
        "1 resize succeeded",
        ...mailsIn("enqueued"),
        "1 resize succeeded",
        "3 mail waiting",
      ]);
  });
});
