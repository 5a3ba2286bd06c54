import { defineTask } from "@jobs/core";
import type { WorkerPresence } from "@jobs/core/runtime";
import { createTaskRegistry, schemaDigest } from "@jobs/core/task";
import { describe, expect, it } from "vitest";
import { signatureLines, workerSignatures } from "../../src/workers/worker-signatures.ts";
import { createProject, hasSaid, outcomeOf } from "../project.ts";

const resize = defineTask("resize", { file: "string", width: "integer?" });
const ping = defineTask("ping", {});
const sig = resize.signature.fingerprint;
const schema = schemaDigest(resize.signature);

function presence(worker: string, more: Partial<WorkerPresence>): WorkerPresence {
  const about = { isReady: true, queues: ["default"], running: 0, jobs: [], delayed: 0, concurrency: 1 };
  return { worker, state: "running", ...about, settled: 0, node: "v22", startedAt: 0, seenAt: 0, ...more };
}

describe("jobs workers --signatures", () => {
  it("groups the workers by task, signature and types", () => {
    const tasks = [{ name: "resize", sig, schema }];
    const seen = workerSignatures(
      [
        presence("a:1:x", { release: "1.5.0", tasks }),
        presence("a:2:y", { release: "1.5.0", tasks }),
        presence("b:1:z", {
          release: "1.4.0",
          tasks: [{ name: "resize", sig: "file", schema: "0123456789abcdef" }],
        }),
        presence("b:2:z", { state: "draining", tasks: [{ name: "resize", sig, aliases: ["scale"] }] }),
        presence("c:1:z", {
          tasks: [
            { name: "ping", sig: "", schema: schemaDigest(ping.signature) },
            { name: "gone", sig: "a" },
          ],
        }),
        presence("d:1:z", { tasks: [], hasMoreTasks: true }),
        presence("e:1:z", {}),
      ],
      createTaskRegistry([resize, ping]),
    );
    expect(signatureLines(seen)).toMatchInlineSnapshot(`
      [
        "TASK    SIGNATURE        TYPES     HERE     ALIASES  WORKERS  RELEASES      HOSTS",
        "gone    a                -         -        -              1  -             c",
        "ping    (no parameters)  c8a1ac46  same     -              1  -             c",
        "resize  file             01234567  differs  -              1  1.4.0         b",
        "resize  file,width?      346251f2  same     -              2  1.5.0 ×2      a ×2",
        "resize  file,width?      -         differs  scale          1  - (draining)  b",
        "d:1:z has more tasks than the 100 that it announces.",
        "e:1:z announces no tasks: it runs an earlier release of jobs.",
      ]
    `);
  });

  it("names each worker of a real release, and says that no worker is alive", async () => {
    using project = createProject();
    expect((await project.jobs(["workers", "--signatures"])).stdout).toBe("no worker is alive\n");
    expect(await project.json(["workers", "--signatures", "--json"])).toEqual({
      schema: "jobs.worker-signatures/1",
      signatures: [],
      capped: [],
      silent: [],
    });
    const worker = project.start(["worker", "--log-level", "debug"], { env: { JOBS_RELEASE: "1.2.3" } });
    const ended = outcomeOf(worker);
    await hasSaid(worker, "worker.started");
    const { signatures } = await project.json(["workers", "--signatures", "--json"]);
    expect(signatures).toContainEqual({
      task: "send_mail",
      sig: "meta?,tags?,to,vip?",
      schema: expect.stringMatching(/^[0-9a-f]{16}$/),
      aliases: [],
      isCurrent: true,
      workers: [
        {
          worker: expect.stringContaining(`:${worker.pid}:`),
          host: expect.any(String),
          release: "1.2.3",
          state: "running",
          queues: ["default", "mail"],
        },
      ],
    });
    const table = await project.jobs(["workers", "--signatures"]);
    expect(table.stdout).toMatch(
      /^send_mail +meta\?,tags\?,to,vip\? +[0-9a-f]{8} +same +- +1 +1\.2\.3 +\S+$/m,
    );
    worker.kill("SIGTERM");
    await ended;
  });
});
