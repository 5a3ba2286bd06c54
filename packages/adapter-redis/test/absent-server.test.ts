import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { isJobsError } from "@jobs/core";
import { startStopwatch } from "@jobs/core/testing";
import { askRedis, freePort, hasRedis, startRedisServer } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { redis, redisResults } from "../src/index.ts";

/** What a call is refused with, and after how long. */
async function refusal(call: () => Promise<unknown>): Promise<{
  readonly code: string | undefined;
  readonly text: string;
  readonly hint: string | undefined;
  readonly ms: number;
}> {
  const elapsedMs = startStopwatch();
  const error: unknown = await call().catch((caught: unknown) => caught);
  const ms = elapsedMs();
  if (!isJobsError(error)) throw error;
  return { code: error.code, text: error.message, hint: error.hint, ms };
}

async function openAt(url: string) {
  const broker = redis({ url });
  try {
    return await refusal(() => broker.openQueue("mail"));
  } finally {
    await broker.close();
  }
}

describe("a Redis that is not there", () => {
  it("is named with address, cause and fix at once when it refuses the connection", async () => {
    const port = await freePort();
    const { ms, ...told } = await openAt(`redis://me:s3cret@127.0.0.1:${port}/3`);
    expect(told).toEqual({
      code: "broker_unavailable",
      text: `redis queue "mail": no connection to Redis at 127.0.0.1:${port}/3: the connection is refused (ECONNREFUSED).`,
      hint: "Start the server, or correct host and port.",
    });
    expect(ms).toBeLessThan(2_000);
  });

  it("is named with address, cause and fix at once when its host is unknown", async () => {
    const { ms, ...told } = await openAt("redis://me:s3cret@redis.invalid/3");
    expect(told).toEqual({
      code: "broker_unavailable",
      text: expect.stringMatching(
        /^redis queue "mail": no connection to Redis at redis\.invalid:6379\/3: the host name is not found (?:\(ENOTFOUND\)|now \(EAI_AGAIN\))\.$/,
      ),
      hint: "Correct the host name, or check the name server.",
    });
    expect(ms).toBeLessThan(2_000);
  });

  it("is called a results store where it keeps results", async () => {
    const port = await freePort();
    const store = redisResults({ url: `redis://127.0.0.1:${port}` });
    const cause = `no connection to Redis at 127.0.0.1:${port}/0: the connection is refused (ECONNREFUSED).`;
    expect((await refusal(() => store.get("x"))).text).toBe(`redis results store: ${cause}`);
    expect((await refusal(() => store.coordination.list("x"))).text).toBe(`redis results store: ${cause}`);
    await store.close();
  });

  it("is told after the time of a call when it takes connections and never answers", async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => sockets.add(socket.on("error", () => {})));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const { ms, ...told } = await openAt(`redis://127.0.0.1:${port}`);
    for (const socket of sockets) socket.destroy();
    server.close();
    expect(told).toEqual({
      code: "broker_unavailable",
      text: expect.stringMatching(
        new RegExp(
          `^redis queue "mail": no connection to Redis at 127.0.0.1:${port}/0: no answer within \\d(?:\\.\\d)? s\\.$`,
        ),
      ),
      hint: "Check address, firewall and the load of the server.",
    });
    expect(ms).toBeLessThan(6_000);
  });
});

describe.runIf(await hasRedis({ isOwn: true }))("a Redis that refuses", () => {
  it("names a wrong password, a missing one and a missing permission, never the password", async () => {
    await using server = await startRedisServer({ appendonly: false });
    const host = `127.0.0.1:${server.port}`;
    await askRedis(
      server.port,
      "ACL SETUSER poor on >s3cret +ping +info +select",
      "ACL SETUSER default resetpass >s3cret",
    );
    const at = `redis queue "mail": Redis at ${host}/0 refuses access`;
    expect(await openAt(`redis://default:wr0ng@${host}`)).toMatchObject({
      code: "access_denied",
      text: `${at}: user or password is wrong (WRONGPASS).`,
      hint: "Correct user and password of the url, or the ACL of the server.",
    });
    expect(await openAt(`redis://${host}`)).toMatchObject({
      code: "access_denied",
      text: `${at}: it needs a password, and none is given (NOAUTH).`,
      hint: "Write it into the url: redis://user:password@host:port.",
    });
    expect(await openAt(`redis://poor:s3cret@${host}`)).toMatchObject({
      code: "access_denied",
      text: `${at}: the user may not run the command evalsha (NOPERM).`,
      hint: "Grant the user the command and the keys: ACL LIST shows both.",
    });
  });
});
