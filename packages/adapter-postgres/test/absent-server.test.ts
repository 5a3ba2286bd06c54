import { isJobsError } from "@jobs/core";
import { startStopwatch } from "@jobs/core/testing";
import { freePort, hasPostgres, startPostgresServer } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { migrateSchema, postgresResults } from "../src/index.ts";
import { SilentServer } from "./silent-server.ts";

/** What a store is refused with, and after how long. */
async function refusal(url: string, call = askStore) {
  const elapsedMs = startStopwatch();
  const error: unknown = await call(url).catch((caught: unknown) => caught);
  const ms = elapsedMs();
  if (!isJobsError(error)) throw error;
  return { told: { code: error.code, text: error.message, hint: error.hint }, ms };
}

async function askStore(url: string): Promise<unknown> {
  const store = postgresResults({ url });
  return store.get("x").finally(() => store.close());
}

describe("a Postgres that is not there", () => {
  it.each([
    ["results store", askStore],
    ["schema", (url: string) => migrateSchema({ url })],
  ])(
    "is named with address, cause and fix at once when it refuses the connection: %s",
    async (role, call) => {
      const port = await freePort();
      const { told, ms } = await refusal(`postgres://me:s3cret@127.0.0.1:${port}/shop`, call);
      expect(told).toEqual({
        code: "broker_unavailable",
        text: `postgres ${role}: no connection to Postgres at 127.0.0.1:${port}/shop: the connection is refused (ECONNREFUSED).`,
        hint: "Start the server, or correct host and port.",
      });
      expect(ms).toBeLessThan(2_000);
    },
  );

  it("is named with address, cause and fix at once when its host is unknown", async () => {
    const { told, ms } = await refusal("postgres://me:s3cret@db.invalid/shop");
    expect(told).toEqual({
      code: "broker_unavailable",
      text: expect.stringMatching(
        /^postgres results store: no connection to Postgres at db\.invalid:5432\/shop: the host name is not found (?:\(ENOTFOUND\)|now \(EAI_AGAIN\))\.$/,
      ),
      hint: "Correct the host name, or check the name server.",
    });
    expect(ms).toBeLessThan(2_000);
  });

  it("is told within the time of a call when it takes connections and never answers", async () => {
    await using silent = await SilentServer.open();
    const { told } = await refusal(silent.url);
    expect(told).toEqual({
      code: "broker_unavailable",
      text: expect.stringMatching(
        new RegExp(
          `^postgres results store: no connection to Postgres at ${new URL(silent.url).host}/db: no answer within \\d(?:\\.\\d)? s\\.$`,
        ),
      ),
      hint: "Check address, firewall and the load of the server.",
    });
  });
});

describe.runIf(await hasPostgres({ isOwn: true }))("a Postgres that refuses", () => {
  it("names a wrong password, a missing database and missing TLS, never the password", async () => {
    await using server = await startPostgresServer();
    const { host } = new URL(server.url);
    const { told: password } = await refusal(server.url.replace(":postgres@", ":wr0ng@"));
    expect(password).toEqual({
      code: "access_denied",
      text: `postgres results store: Postgres at ${host}/postgres refuses access: user or password is wrong (28P01).`,
      hint: "Correct user and password of the url.",
    });
    const { told: database } = await refusal(server.url.replace(/postgres$/, "nowhere"));
    expect(database).toEqual({
      code: "invalid_config",
      text: `postgres: the database ${host}/nowhere does not exist.`,
      hint: "Create it first, or correct the name of the database.",
    });
    const { told: tls } = await refusal(`${server.url}?sslmode=verify-full`);
    expect(tls).toEqual({
      code: "broker_unavailable",
      text: `postgres results store: no connection to Postgres at ${host}/postgres: the server speaks no TLS.`,
      hint: "Switch TLS on in the server (ssl = on), or leave ssl and sslmode out.",
    });
  });
});
