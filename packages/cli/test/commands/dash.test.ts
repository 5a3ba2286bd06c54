import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject, outcomeOf, type TestProject } from "../project.ts";

const TOKEN = "s3cr3t-0123456789abcdef";

/** Starts `jobs dash` on a free port, and waits for its address. */
async function startDash(
  project: TestProject,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
) {
  const child = project.start(["dash", "--port", "0", ...args], { env });
  const ended = outcomeOf(child);
  let said = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr?.on("data", (chunk) => {
      said += chunk;
      const found = /^listening on (\S+)$/m.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("close", () => reject(new Error(`ended without listening: ${said}`)));
  });
  const end = async () => {
    child.kill("SIGTERM");
    return await ended;
  };
  return { url, end };
}

const purge = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${url}/api/actions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: '{"action":"purgeQueue","queue":"default"}',
  });

describe("jobs dash", () => {
  it("serves the project's queues until it is stopped, and changes them", async () => {
    using project = createProject();
    await project.jobs(["enqueue", "my_task", "a=1", "b=2"]);
    const { url, end } = await startDash(project);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const overview = await (await fetch(`${url}/api/overview`)).json();
    expect(overview).toMatchObject({ queues: [{ name: "default", ready: { n: 1, isExact: true } }, {}] });
    expect((await purge(url)).status).toBe(200);
    expect(await end()).toMatchObject({ code: 0, stdout: "" });
    const stats = await project.json(["stats", "--json"]);
    expect(stats).toMatchObject({ queues: [{ name: "default", ready: { n: 0 } }, {}] });
  });

  it("--read-only refuses changes, and --base-path moves all addresses", async () => {
    using project = createProject();
    const { url, end } = await startDash(project, ["--read-only", "--base-path", "/admin/jobs"]);
    expect(url).toMatch(/:\d+\/admin\/jobs$/);
    expect((await purge(url)).status).toBe(403);
    expect((await fetch(`${new URL(url).origin}/api/overview`)).status).toBe(404);
    expect((await end()).code).toBe(0);
  });

  it("tokens come from a variable or files, and are never shown", async () => {
    using project = createProject();
    writeFileSync(join(project.folder, "ben"), `${TOKEN}-ben\n`);
    const env = { JOBS_DASH_TOKENS: `ann=${TOKEN}-ann,ben:view=@ben` };
    const { url, end } = await startDash(project, ["--host", "0.0.0.0"], env);
    const at = url.replace("0.0.0.0", "127.0.0.1");
    const status = async (name: string) =>
      (await purge(at, { authorization: `Bearer ${TOKEN}-${name}` })).status;
    expect([await status("ann"), await status("ben"), await status("cleo")]).toEqual([200, 403, 401]);
    const { stdout, stderr } = await end();
    expect(`${stdout}${stderr}`).not.toContain(TOKEN);
  });

  it("an address of other machines without a token is exit 78, a wrong token exit 2, both without showing it", async () => {
    using project = createProject();
    expect(await project.jobs(["dash", "--host", "0.0.0.0", "--port", "0"])).toMatchObject({
      code: 78,
      stderr: expect.stringContaining("it needs tokens"),
    });
    const wrong = await project.jobs(["dash", "--token", TOKEN]);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.not.stringContaining(TOKEN) });
    const short = await project.jobs(["dash", "--token", "ann=hunter2"]);
    expect(short).toMatchObject({ code: 78, stderr: expect.not.stringContaining("hunter2") });
  });

  it("a port that is taken is exit 78", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    using project = createProject();
    const taken = await project.jobs(["dash", "--port", String((other.address() as AddressInfo).port)]);
    other.close();
    expect(taken).toMatchObject({ code: 78, stderr: expect.stringContaining("cannot be listened on") });
  });
});
