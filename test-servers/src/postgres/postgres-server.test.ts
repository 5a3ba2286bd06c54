import { Client } from "pg";
import { describe, expect, it } from "vitest";
import { hasPostgres } from "./find-postgres.ts";
import { startPostgresServer } from "./postgres-server.ts";

/** The first value of the first row. */
async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    const { rows } = await client.query({ text: sql, rowMode: "array" });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

describe.runIf(await hasPostgres({ isOwn: true }))("startPostgresServer", () => {
  it("starts a real Postgres in UTF-8 that asks for passwords and takes settings", async () => {
    await using server = await startPostgresServer({ settings: { max_connections: "12" } });
    expect(await ask(server.url, "SHOW server_encoding")).toBe("UTF8");
    expect(await ask(server.url, "SHOW max_connections")).toBe("12");
    const wrong = server.url.replace(":postgres@", ":wrong@");
    await expect(ask(wrong, "SELECT 1")).rejects.toMatchObject({ code: "28P01" });
  });

  it("comes back at the same place with what it kept, after a stop and after a crash", async () => {
    await using server = await startPostgresServer({ settings: {} });
    await ask(server.url, "CREATE TABLE kept (n int)");
    await server.stop();
    await expect(ask(server.url, "SELECT 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await server.start();
    await ask(server.url, "INSERT INTO kept VALUES (7)");
    await server.kill();
    await server.start();
    expect(await ask(server.url, "SELECT n FROM kept")).toBe(7);
  });
});
