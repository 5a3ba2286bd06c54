import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { scrape, startStats } from "../monitoring/exporters.ts";
import { createProject, outcomeOf } from "../project.ts";

describe("jobs stats", () => {
  it("counts what is in the queues, as a table, JSON and Prometheus text [W26]", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    const count = (n: number) => ({ n, exact: true });
    expect(await project.json(["stats", "--json"])).toEqual({
      schema: "jobs.stats/1",
      broker: "sqlite",
      queues: [
        {
          name: "default",
          ready: count(1),
          leased: count(0),
          delayed: count(0),
          dead: count(0),
          entered: count(1),
          left: count(0),
          inPerSecond: null,
          outPerSecond: null,
          oldestReadyMs: expect.any(Number),
          isPaused: false,
        },
        expect.objectContaining({ name: "mail", ready: count(0), oldestReadyMs: null }),
      ],
    });
    const table = await project.jobs(["stats", "--queues", "default", "--rates", "0s"]);
    expect(table.stdout).toMatch(
      /^QUEUE {4}READY {2}ACTIVE {2}DELAYED {2}DEAD {2}OLDEST {2}IN\/S {2}OUT\/S\ndefault {6}1 {7}0 .* {5}- {6}-\n$/,
    );
    const prom = await project.jobs(["stats", "--format", "prom"]);
    expect(prom.stdout).toContain('jobs_queue_jobs{broker="sqlite",queue="default",state="ready"} 1\n');
  });

  it("tells what comes in and goes out a second while it watches", async () => {
    using project = createProject();
    const watch = project.start(["stats", "--watch", "20ms", "--json"]);
    const seen: { readonly in: unknown; readonly out: unknown }[] = [];
    const said = new Set<string>();
    for await (const line of createInterface({ input: watch.stdout! })) {
      const [queue] = JSON.parse(line).queues;
      seen.push({ in: queue.inPerSecond, out: queue.outPerSecond });
      if (seen.length === 1) {
        await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
        await project.jobs(["worker", "--drain"]);
      }
      if (queue.inPerSecond > 0) said.add("in");
      if (queue.outPerSecond > 0) said.add("out");
      if (said.size === 2) watch.kill();
    }
    expect(seen[0]).toEqual({ in: null, out: null });
    expect([...said].sort()).toEqual(["in", "out"]);
  });

  it("--rates tells them once, in JSON too; not together with --watch", async () => {
    using project = createProject();
    const once = await project.json(["stats", "--rates", "10ms", "--json"]);
    expect(once).toMatchObject({ queues: [{ inPerSecond: 0, outPerSecond: 0 }, { inPerSecond: 0 }] });
    expect((await project.jobs(["stats", "--rates", "1s", "--watch", "1s"])).code).toBe(2);
  });

  it("--fail-over exits 1 and keeps its exit code with --json", async () => {
    using project = createProject();
    expect((await project.jobs(["stats", "--fail-over", "oldest=60s,dead=0"])).code).toBe(0);
    await project.jobs(["enqueue", "failing"]);
    await project.jobs(["worker", "--drain"]);
    const over = await project.jobs(["stats", "--fail-over", "dead=0"]);
    expect(over).toMatchObject({ code: 1, stderr: "dead of default is 1, over 0.\n" });
    const json = await project.jobs(["stats", "--fail-over", "dead=0", "--json"]);
    expect(json.code).toBe(1);
    expect((await project.jobs(["stats", "--fail-over", "dead"])).code).toBe(2);
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    const old = await project.jobs(["stats", "--fail-over", "oldest=0s"]);
    expect(old.stderr).toMatch(/^oldest of default is \d+(ms|s), over 0s\.\n$/);
  });

  it("--webhook posts what is over its limit; its token is in no output", async () => {
    using project = createProject();
    const posted: unknown[] = [];
    const server = createServer(async (request, response) => {
      posted.push(JSON.parse(await text(request)));
      response.writeHead(request.url === "/refused-t0ken" ? 403 : 204).end();
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const limits = ["stats", "--fail-over", "ready=0"];
    const hooked = (path: string) => project.jobs([...limits, "--webhook", `${url}/${path}`]);
    expect(await hooked("hook")).toMatchObject({ code: 0 });
    expect(posted).toEqual([]);
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    expect(await hooked("hook")).toMatchObject({ code: 1, stderr: "ready of default is 1, over 0.\n" });
    const passed = [{ queue: "default", what: "ready", found: 1, max: 0 }];
    expect(posted).toMatchObject([{ schema: "jobs.alert/1", broker: "sqlite", passed }]);
    project.write("hook-url", `${url}/refused-t0ken\n`);
    const refused = await project.jobs([...limits, "--webhook", "@hook-url"]);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain("warning: the webhook did not get this alert: it answers 403.\n");
    expect(refused.stderr).not.toContain("t0ken");
    const wrong = await project.jobs([...limits, "--webhook", "ftp://t0ken.example"]);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.not.stringContaining("t0ken") });
    expect((await project.jobs(["stats", "--webhook", url])).code).toBe(2);
  });

  it("--metrics-port counts at each request, and ends with status 0 when it is asked to", async () => {
    using project = createProject();
    const { url, end } = await startStats(project, ["--queues", "default"]);
    const ready = async () => /state="ready"\} (\d+)/.exec((await scrape(url)).text)?.[1];
    expect(await ready()).toBe("0");
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    expect(await ready()).toBe("1");
    expect(await end()).toBe(0);
    expect((await project.jobs(["stats", "--metrics-port", "0", "--watch", "1s"])).code).toBe(2);
  });

  it("--watch goes on counting, and ends quietly when its reader goes [F08]", async () => {
    using project = createProject();
    const watch = project.start(["stats", "--watch", "20ms", "--json"]);
    const lines: string[] = [];
    watch.stdout?.on("data", (chunk) => {
      lines.push(...String(chunk).trim().split("\n"));
      if (lines.length >= 3) watch.stdout?.destroy();
    });
    const { code, stderr } = await outcomeOf(watch);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^(warning: nothing is there yet.*\n)?$/),
    });
    expect(JSON.parse(lines[2] ?? "")).toMatchObject({ schema: "jobs.stats/1" });
  });
});
