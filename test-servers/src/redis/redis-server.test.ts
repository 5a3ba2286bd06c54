import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { askRedis } from "./ask-redis.ts";
import { hasRedis } from "./find-redis.ts";
import { startRedisServer } from "./redis-server.ts";

/** A test process that is killed before it can clean up. */
const START_ONE = `
  import { createJiti } from "jiti";
  const { startRedisServer } = await createJiti(import.meta.url).import("./redis-server.ts");
  console.log((await startRedisServer({ appendonly: false })).port);
`;

describe.runIf(await hasRedis({ isOwn: true }))("startRedisServer", () => {
  it("starts a real Redis with its own port and data for each caller [P9]", async () => {
    await using first = await startRedisServer({ appendonly: false });
    await using second = await startRedisServer({ appendonly: false });
    expect(await askRedis(first.port, "SET k 1", "GET k")).toBe("$1\r\n1");
    expect(await askRedis(second.port, "GET k")).toBe("$-1");
    expect(first.url).toBe(`redis://127.0.0.1:${first.port}`);
  });

  it("comes back at the same place after a crash, with what was appended to its file", async () => {
    await using server = await startRedisServer({ appendonly: true, appendfsync: "always" });
    await askRedis(server.port, "SET k 1");
    await server.kill();
    await expect(askRedis(server.port, "PING")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await server.start();
    expect(await askRedis(server.port, "GET k")).toBe("$1\r\n1");
  });

  it("comes back empty where nothing was to be kept", async () => {
    await using server = await startRedisServer({ appendonly: false });
    await askRedis(server.port, "SET k 1");
    await server.stop();
    await server.start();
    expect(await askRedis(server.port, "GET k")).toBe("$-1");
  });

  it("passes limits, password and further arguments on, and gives the password in its URL", async () => {
    await using server = await startRedisServer({
      requirepass: "p@ss",
      maxmemory: "3mb",
      args: ["--maxmemory-policy", "allkeys-lru"],
    });
    expect(await askRedis(server.port, "PING")).toMatch(/^-NOAUTH/);
    const limits = await askRedis(server.port, "AUTH p@ss", "CONFIG GET maxmemory*");
    expect(limits).toContain(String(3 * 1024 * 1024));
    expect(limits).toContain("allkeys-lru");
    expect(new URL(server.url).password).toBe("p%40ss");
  });

  it("tells why a server does not start", async () => {
    const refused = startRedisServer({ args: ["--no-such-setting", "1"] });
    await expect(refused).rejects.toThrow(/ended before it was ready:.*no-such-setting/s);
  });

  it("ends a server whose test process was killed", async () => {
    const test = spawn(process.execPath, ["--input-type=module", "--eval", START_ONE], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [port] = await once(test.stdout, "data");
    const connection = connect(Number(port), "127.0.0.1");
    await once(connection, "connect");
    const ended = once(connection, "close");
    test.kill("SIGKILL");
    await ended;
  });
});
