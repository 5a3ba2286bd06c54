import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { postgres, postgresHistory, postgresResults } from "../index.ts";
import { migrateSchema } from "../schema/migrate.ts";
import { connectionSettings } from "./connection-options.ts";
import { DRIVER_RULES } from "./driver-options.ts";

const LONGEST_MS = 2 ** 31 - 1;

/** Each option of pg with values that it reads right. */
const PASSED: Readonly<Record<string, readonly unknown[]>> = {
  connectionString: ["postgres://h/d"],
  host: ["db.internal", "/run/postgresql"],
  port: [5432, "5432"],
  user: ["ada", ""],
  password: ["secret", "", () => "secret", async () => "secret"],
  database: ["shop"],
  ssl: [true, false, { ca: "x", rejectUnauthorized: true }],
  sslnegotiation: ["postgres", "direct"],
  enableChannelBinding: [true],
  scramMaxIterations: [4096],
  stream: [() => undefined],
  keepAlive: [true, false],
  keepAliveInitialDelayMillis: [0, 1_000],
  application_name: ["shop"],
  fallback_application_name: ["shop"],
  options: ["-c search_path=shop"],
  client_encoding: ["UTF8", "utf-8"],
  statement_timeout: [false, 0, 500, LONGEST_MS],
  lock_timeout: [false, 0, 100, LONGEST_MS],
  idle_in_transaction_session_timeout: [false, 0, 100, LONGEST_MS],
  connectionTimeoutMillis: [1, LONGEST_MS],
  query_timeout: [1, LONGEST_MS],
  max: [1, 50],
  min: [0, 2],
  idleTimeoutMillis: [0, null, 30_000, LONGEST_MS],
  maxUses: [1, Number.POSITIVE_INFINITY],
  maxLifetimeSeconds: [0, 2_147_483],
  allowExitOnIdle: [true],
  onConnect: [() => {}],
  verify: [() => {}],
  Client: [class {}],
  log: [() => {}],
};

const TIME = /must be a whole number of ms from [01] to 2147483647 \(24 days/;

/** Values that pg takes, and reads as something else than they say. */
const REFUSED: readonly (readonly [name: string, value: unknown, reason: RegExp | string])[] = [
  ["query_timeout", 0, /from 1 to 2147483647 .*a silent server is not noticed, got 0/],
  ["query_timeout", false, "a silent server is not noticed, got boolean"],
  ...["query_timeout", "connectionTimeoutMillis", "idleTimeoutMillis", "statement_timeout"].flatMap((name) =>
    ["5s", LONGEST_MS + 1, 30 * 86_400_000, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY].map(
      (value) => [name, value, TIME] as const,
    ),
  ),
  ["lock_timeout", "1s", TIME],
  ["idle_in_transaction_session_timeout", LONGEST_MS + 1, TIME],
  ["keepAliveInitialDelayMillis", "1s", TIME],
  ["connectionTimeoutMillis", 0, "a silent server is not noticed"],
  ["maxLifetimeSeconds", 2_147_484, "must be a whole number from 0 to 2147483"],
  ["max", 0, "max must be a whole number from 1"],
  ["min", -1, "min must be"],
  ["maxUses", 0, "maxUses must be"],
  ["port", 65_536, "port must be"],
  ["host", "", "host must be"],
  ["ssl", "require", "ssl must be true or false or an object"],
  ["keepAlive", 1_000, "keepAlive must be true or false"],
  ["client_encoding", "LATIN1", "pg writes no other"],
  ["types", { getTypeParser: () => String }, "left out"],
  ["pipeline", true, "left out"],
  ["Promise", Promise, "left out"],
];

describe("the options of pg", () => {
  it("each is passed on or refused, and so is one that a new release brings", () => {
    const defaults = createRequire(import.meta.url)("pg/lib/defaults") as object;
    // Its own defaults, and names of libpq that no option has.
    const others = [
      "rows",
      "binary",
      "parseInputDatesAsUTC",
      "connect_timeout",
      "keepalives",
      "keepalives_idle",
      "parseInt8",
    ];
    const names = Object.keys(defaults).filter((name) => !others.includes(name));
    expect(names.length).toBeGreaterThan(15);
    expect(Object.keys(DRIVER_RULES)).toEqual(expect.arrayContaining(names));
    const refused = ["types", "pipeline", "Promise"];
    expect([...Object.keys(PASSED), ...refused].sort()).toEqual(Object.keys(DRIVER_RULES).sort());
  });

  it.each(Object.entries(PASSED))("passes %s on: %j", (name, values) => {
    for (const value of values) {
      const connection = { [name]: value };
      expect(() => postgres({ connection })).not.toThrow();
      if (name === "connectionString") continue;
      expect(connectionSettings({ connection }).servers).toMatchObject([connection]);
    }
  });

  it.each(REFUSED)("refuses %s: %j with the reason", async (name, value, reason) => {
    const options = { connection: { [name]: value } };
    const refusal = expect.objectContaining({
      code: "invalid_config",
      message: expect.stringMatching(reason),
    });
    for (const open of [postgres, postgresResults, postgresHistory])
      expect(() => open(options)).toThrow(refusal);
    await expect(migrateSchema(options)).rejects.toEqual(refusal);
  });

  it.each([
    ["queryTimeout", "query_timeout"],
    ["connectionTimeout", "connectionTimeoutMillis"],
    ["passwort", "password"],
    ["sll", "ssl"],
    ["applicationName", "application_name"],
  ])("refuses %s, which is no option, and says what was meant", (name, meant) => {
    expect(() => postgres({ connection: { [name]: 1 } })).toThrow(
      expect.objectContaining({
        message: `postgres(): connection: unknown option "${name}".`,
        hint: expect.stringContaining(`"${meant}"`),
      }),
    );
  });

  it("one that is undefined has its default, as one that is left out", () => {
    const connection = { max: undefined, query_timeout: undefined, connectionTimeoutMillis: undefined };
    const [given, left] = [{ connection }, { connection: {} }].map(connectionSettings);
    expect(given).toEqual(left);
    expect(given?.servers).toMatchObject([{ max: 4, query_timeout: 4_500, connectionTimeoutMillis: 4_000 }]);
  });

  it("a password that is refused is not quoted", () => {
    const open = () => postgres({ connection: { password: ["hunter2"] as never } });
    expect(open).toThrow("password must be a text or a function, got array");
  });
});
