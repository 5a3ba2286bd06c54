import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { ConfigError } from "@jobs/core";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Overview } from "../src/api/api-types.ts";
import { type DashboardOptions, type ListenOptions, serveDashboard } from "../src/index.ts";
import { DashboardWorld, jsonOf, mail, STORAGES } from "./dashboard-world.ts";

const ACT = "a".repeat(32);
const VIEW = "v".repeat(32);
const TOKENS = [
  { name: "ann", token: ACT },
  { name: "ben", token: VIEW, role: "view" as const },
];
const PURGE = JSON.stringify({ action: "purgeQueue", queue: "default" });

/** A dashboard on a real port, with one waiting job that an attacker wants to be rid of. */
async function serve(options: Partial<DashboardOptions> = {}, listen: ListenOptions = {}) {
  const world = new DashboardWorld(await STORAGES.memory!());
  await world.app.enqueue(mail, { to: "a" });
  const server = await serveDashboard({ app: world.app, ...options }, { port: 0, ...listen });
  onTestFinished(async () => {
    await server.close();
    await world[Symbol.asyncDispose]();
  });
  const { port } = new URL(server.url);
  return {
    port: Number(port),
    url: server.url,
    /** Sends bytes as they are, and answers with what comes back until the server ends the connection. */
    raw: (bytes: string) => {
      const socket = connect(Number(port), "127.0.0.1");
      socket.write(bytes);
      return text(socket);
    },
    jobs: async () => (await world.app.stats("default")).ready.n,
  };
}

/** A request in HTTP's own bytes. `fetch` would correct its path and its headers. */
function request(line: string, headers: Readonly<Record<string, string>>, body = ""): string {
  const fields = Object.entries({
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
    ...headers,
  });
  return `${line} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);

describe("DNS rebinding", () => {
  it.each([
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example:PORT",
    "evil.example:PORT",
    "127.0.0.1@evil.example",
    "127.0.0.2:PORT",
    "0.0.0.0:PORT",
    "",
  ])("the name %j is refused for reading and for changes", async (name) => {
    const { raw, port, jobs } = await serve();
    const host = name.replace("PORT", String(port));
    const read = await raw(request("GET /api/overview", { host }));
    expect([400, 421]).toContain(statusOf(read));
    expect(read).not.toContain("queues");
    const json = { "content-type": "application/json" };
    const acted = await raw(request("POST /api/actions", { host, ...json, origin: `http://${host}` }, PURGE));
    expect([400, 421]).toContain(statusOf(acted));
    expect(await jobs()).toBe(1);
  });

  it("the names of this machine are answered, and those that the options list", async () => {
    const { raw, port } = await serve();
    for (const host of [`127.0.0.1:${port}`, `LOCALHOST:${port}`, "localhost", "[::1]:80"])
      expect(statusOf(await raw(request("GET /api/overview", { host })))).toBe(200);
    const listed = await serve({ hosts: ["jobs.example.com"] });
    expect(statusOf(await listed.raw(request("GET /api/overview", { host: "Jobs.Example.com" })))).toBe(200);
    expect(statusOf(await listed.raw(request("GET /api/overview", { host: "localhost" })))).toBe(421);
  });
});

describe("requests of other sites", () => {
  const JSON_BODY = { "content-type": "application/json" };

  it.each<readonly [string, Readonly<Record<string, string>>]>([
    ["another origin", { ...JSON_BODY, origin: "http://evil.example" }],
    ["an origin with our name in it", { ...JSON_BODY, origin: "http://localhost.evil.example" }],
    ["another port of this machine", { ...JSON_BODY, origin: "http://localhost:1" }],
    ["a sandboxed frame", { ...JSON_BODY, origin: "null" }],
    ["another site, by the browser's word", { ...JSON_BODY, "sec-fetch-site": "cross-site" }],
    ["a sister site", { ...JSON_BODY, "sec-fetch-site": "same-site" }],
    [
      "a navigation with a body",
      { ...JSON_BODY, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
    ],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }],
    ["a form of files", { "content-type": "multipart/form-data; boundary=x" }],
    ["a form of text", { "content-type": "text/plain" }],
    ["a type that only begins like JSON", { "content-type": "application/jsonp" }],
    ["no type", {}],
  ])("a change is refused from %s", async (_, headers) => {
    const { raw, port, jobs } = await serve();
    const answer = await raw(request("POST /api/actions", { host: `localhost:${port}`, ...headers }, PURGE));
    expect([403, 415]).toContain(statusOf(answer));
    expect(await jobs()).toBe(1);
  });

  it("nothing can be read by another site, and no permission is given for it", async () => {
    const { raw, port } = await serve();
    const host = `localhost:${port}`;
    const script = { host, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" };
    const framed = await raw(request("GET /api/overview", script));
    expect(statusOf(framed)).toBe(403);
    const asked = { host, origin: "http://evil.example", "access-control-request-method": "POST" };
    const preflight = await raw(request("OPTIONS /api/actions", asked));
    expect(statusOf(preflight)).toBeGreaterThanOrEqual(400);
    expect(`${framed}${preflight}`).not.toContain("access-control-allow");
  });

  it("the page itself may act, and a link to the page may be followed", async () => {
    const { raw, port, jobs } = await serve();
    const host = `localhost:${port}`;
    const link = { host, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect([200, 503]).toContain(statusOf(await raw(request("GET /", link))));
    const own = { host, ...JSON_BODY, origin: `http://${host}`, "sec-fetch-site": "same-origin" };
    expect(statusOf(await raw(request("POST /api/actions", own, PURGE)))).toBe(200);
    expect(await jobs()).toBe(0);
  });
});

it.each([
  "/../../../package.json",
  "/%2e%2e/%2e%2e/package.json",
  "/..%2f..%2fpackage.json",
  "/page.js/../../../package.json",
  "/page.js%00.json",
  "/..\\..\\package.json",
  "//etc/passwd",
  "/%252e%252e/package.json",
  "/api/../../package.json",
  "/file:///etc/passwd",
])("the path %s leads to no file", async (path) => {
  const { raw, port } = await serve();
  const answer = await raw(request(`GET ${path}`, { host: `localhost:${port}` }));
  expect(answer).not.toMatch(/"@jobs\/dashboard"|root:/);
  expect(answer).toMatch(/^HTTP\/1\.1 (200|400|404|503) /);
});

describe("requests that would hold the server", () => {
  const slow = { requestTimeoutMs: 200 };

  it("a head that never ends is cut off", async () => {
    const { raw } = await serve({}, slow);
    expect(await raw("GET /api/overview HTTP/1.1\r\nhost: localhost\r\nx-slow: ")).toMatch(
      /^HTTP\/1\.1 408 /,
    );
  });

  it("a body that never ends is cut off", async () => {
    const { raw, jobs } = await serve({}, slow);
    const head = { host: "localhost", "content-type": "application/json", "content-length": "1000" };
    const answer = await raw(request("POST /api/actions", head, PURGE));
    expect(answer).not.toMatch(/^HTTP\/1\.1 200 /);
    expect(await jobs()).toBe(1);
  });

  it("a body larger than 1 MiB is refused, with its length and without", async () => {
    const { url, jobs } = await serve();
    const large = JSON.stringify({ action: "purgeQueue", queue: "default", more: "x".repeat(2 ** 20) });
    const chunked = new Blob([large]).stream();
    for (const body of [large, chunked]) {
      const init = { method: "POST", headers: { "content-type": "application/json" }, body, duplex: "half" };
      expect((await fetch(`${url}/api/actions`, init as RequestInit)).status).toBe(413);
    }
    expect(await jobs()).toBe(1);
  });

  it("a large head is refused", async () => {
    const { raw } = await serve();
    const answer = await raw(request("GET /", { host: "localhost", "x-large": "x".repeat(32 * 1024) }));
    expect(statusOf(answer)).toBe(431);
  });
});

describe("tokens", () => {
  const bearer = (token: string) => ({
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
  });

  it("another address needs one, and a short one is refused without showing it", async () => {
    await using world = new DashboardWorld(await STORAGES.memory!());
    const { app } = world;
    await expect(serveDashboard({ app }, { host: "0.0.0.0", port: 0 })).rejects.toThrow(ConfigError);
    const short = [{ name: "ann", token: "hunter2" }];
    await expect(serveDashboard({ app, tokens: short }, { port: 0 })).rejects.toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
    );
  });

  it("without one nothing is read; every route asks for it", async () => {
    const { url } = await serve({ tokens: TOKENS });
    const routes = ["overview", "queues/default", "jobs", "jobs/x", "dead", "dead/default/x", "workers"];
    for (const route of [...routes, "schedules", "signatures", "flows/x", "audit", "live", "unknown"])
      expect((await fetch(`${url}/api/${route}`)).status, route).toBe(401);
    const forged = { cookie: "jobs_dashboard=__proto__" };
    expect((await fetch(`${url}/api/overview`, { headers: forged })).status).toBe(401);
  });

  it("a token that may only look changes nothing, and neither does anybody in the mode read", async () => {
    const { url, jobs } = await serve({ tokens: TOKENS });
    const post = (at: string, token: string) =>
      fetch(`${at}/api/actions`, { method: "POST", headers: bearer(token), body: PURGE });
    expect((await post(url, VIEW)).status).toBe(403);
    expect(await jobs()).toBe(1);
    const reading = await serve({ tokens: TOKENS, mode: "read" });
    expect((await post(reading.url, ACT)).status).toBe(403);
    expect(await reading.jobs()).toBe(1);
    expect((await post(url, ACT)).status).toBe(200);
    expect(await jobs()).toBe(0);
  });

  it("of 200 guesses none passes, and soon none is looked at", async () => {
    const { url } = await serve({ tokens: TOKENS });
    const statuses: number[] = [];
    for (let n = 0; n < 200; n++) {
      const headers = bearer(`${ACT.slice(0, -3)}${String(n).padStart(3, "0")}`);
      statuses.push((await fetch(`${url}/api/overview`, { headers })).status);
    }
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect((await fetch(`${url}/api/overview`, { headers: bearer(ACT) })).status).toBe(429);
  });

  it("a session is a cookie that scripts and other sites do not get, and it ends", async () => {
    const { url } = await serve({ tokens: TOKENS, basePath: "/admin/jobs" });
    const json = { "content-type": "application/json" };
    const body = JSON.stringify({ token: VIEW });
    const signedIn = await fetch(`${url}/api/session`, { method: "POST", headers: json, body });
    const cookie = signedIn.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(
      /^jobs_dashboard=[\w-]{43}; Path=\/admin\/jobs; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    const mine = { ...json, cookie: cookie.split(";")[0]! };
    const overview = await jsonOf<Overview>(await fetch(`${url}/api/overview`, { headers: mine }));
    expect(overview.app.role).toBe("view");
    const acted = await fetch(`${url}/api/actions`, { method: "POST", headers: mine, body: PURGE });
    expect(acted.status).toBe(403);
    await fetch(`${url}/api/session`, { method: "DELETE", headers: mine });
    expect((await fetch(`${url}/api/overview`, { headers: mine })).status).toBe(401);
  });
});

it("an error shows no stack and no path of the machine", async () => {
  const { url } = await serve();
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/api/actions`, { method: "POST", headers, body: "{" });
  expect([response.status, await response.text()]).toEqual([
    400,
    '{"error":{"code":"not_json","message":"the body is not JSON."}}',
  ]);
});
