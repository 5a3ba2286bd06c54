import { expect, it } from "vitest";
import { postgres } from "../index.ts";
import { postgresSchema } from "../schema/postgres-schema.ts";
import { connectionSettings } from "./connection-options.ts";

it("joins the options with the url, which has priority over fields of the driver", () => {
  const settings = connectionSettings({
    url: "postgres://u@one,two:6/d?schema=s&pgbouncer=true&connect_timeout=3&channel_binding=require",
    connection: { connectionTimeoutMillis: 1, max: 9 },
  });
  const common = { connectionTimeoutMillis: 3_000, max: 9, enableChannelBinding: true };
  expect(settings).toMatchObject({
    servers: [
      { ...common, connectionString: "postgres://u@one/d" },
      { ...common, connectionString: "postgres://u@two:6/d" },
    ],
    address: "one:5432,two:6/d",
    schema: "s",
    pooler: "transaction",
  });
  expect(settings.servers[0]).not.toHaveProperty("statement_timeout");
});

it.each([
  ["schema", { url: "postgres://h/d?schema=one", schema: "two" }],
  ["pooler", { url: "postgres://h/d?pooler=session", pooler: "transaction" as const }],
])("refuses a url that says another %s than the option", (name, options) => {
  expect(() => connectionSettings(options)).toThrow(
    `postgres: the url says another ${name} than the option.`,
  );
});

it.each([
  ["postgres://h/d?pooler=session", 'the url names the pooler "session"'],
  ["postgres://h/d?schema=Shop", '"Shop" cannot be the name of a schema'],
  ["postgres://h/d?schema=pg_shop", "the schema pg_shop belongs to Postgres itself"],
  ["postgres://h/d?schema=information_schema", "the schema information_schema belongs to Postgres itself"],
])("%s is refused before any connection", (url, refusal) => {
  expect(() => postgres({ url })).toThrow(`postgres: ${refusal}.`);
});

it("grants rights in the schema of the url", () => {
  const grants = postgresSchema({ url: "postgres://h/d?schema=shop" }).grants("worker");
  expect(grants[0]).toBe('GRANT USAGE ON SCHEMA "shop" TO "worker";');
});
