import { describe, expect, it } from "vitest";
import { tableNames } from "../schema/table-names.ts";
import { type ConnectionFacts, type ServerFacts, serverFindings } from "./server-findings.ts";
import { deadRowFindings, transactionFindings } from "./table-findings.ts";

const SERVER: ServerFacts = {
  version: "17.2",
  version_number: 170_002,
  is_standby: false,
  is_read_only: false,
  fsync: "on",
  full_page_writes: "on",
  synchronous_commit: "on",
  has_autovacuum: true,
  most_connections: 97,
  connections: 12,
  pid: 7,
  role: "shop",
  sees_sessions: true,
  now_ms: 1_000_000,
};

const CONNECTION: ConnectionFacts = {
  namedPid: 7,
  hasPooler: false,
  askedAt: 1_000_000,
  answeredAt: 1_000_020,
  address: "db:5432/shop",
};

/** What is not well about a server. */
function bad(server: Partial<ServerFacts>, connection: Partial<ConnectionFacts> = {}) {
  const findings = serverFindings({ ...SERVER, ...server }, { ...CONNECTION, ...connection });
  return findings
    .filter(({ status }) => status !== "ok")
    .map(({ check, status, message }) => [check, status, message]);
}

describe("a server", () => {
  it("that is well has nothing against it", () => {
    expect(bad({})).toEqual([]);
  });

  it.each<
    [string, Partial<ServerFacts>, Partial<ConnectionFacts>, [check: string, status: string, text: string]]
  >([
    ["too old", { version: "12.22", version_number: 120_022 }, {}, ["server", "failed", "13 or newer"]],
    ["a standby", { is_standby: true, is_read_only: true }, {}, ["primary", "failed", "standby"]],
    ["read-only", { is_read_only: true }, {}, ["primary", "failed", "read-only"]],
    ["without fsync", { fsync: "off" }, {}, ["durability", "failed", "fsync is off"]],
    ["without whole pages", { full_page_writes: "off" }, {}, ["durability", "failed", "full_page_writes is"]],
    [
      "that does not wait",
      { synchronous_commit: "off" },
      {},
      ["durability", "warning", "loses the last jobs"],
    ],
    ["without autovacuum", { has_autovacuum: false }, {}, ["autovacuum", "warning", "grow"]],
    ["almost full", { connections: 78 }, {}, ["connections", "warning", "78 of 97 connections"]],
    ["behind a pooler", {}, { namedPid: 8 }, ["pooler", "warning", "the option pooler is not set"]],
    ["without a pooler", {}, { hasPooler: true }, ["pooler", "warning", "no pooler is in front"]],
    ["ahead in time", { now_ms: 1_060_020 }, {}, ["clock", "warning", "1m ahead of"]],
    ["behind in time", { now_ms: 940_000 }, {}, ["clock", "warning", "1m behind"]],
  ])("%s is told by its check", (_, server, connection, [check, status, text]) => {
    expect(bad(server, connection)).toEqual([[check, status, expect.stringContaining(text)]]);
  });

  it("behind a pooler that is known is well", () => {
    expect(bad({}, { namedPid: 8, hasPooler: true })).toEqual([]);
  });
});

describe("tables", () => {
  it("with more dead rows than vacuum lets come have a long transaction, or none that this role sees", () => {
    const facts = { name: "messages", live: 10, vacuumed_s: 7_200, is_vacuumed: true };
    const names = tableNames("shop");
    expect(deadRowFindings([{ ...facts, dead: 99_999 }], names)).toMatchObject([{ status: "ok" }]);
    expect(deadRowFindings([{ ...facts, dead: 100_000 }], names)).toMatchObject([
      { check: "dead_rows", status: "warning", message: expect.stringContaining("vacuumed 2h ago") },
    ]);
    expect(deadRowFindings([{ ...facts, dead: 1, is_vacuumed: false }], names)).toMatchObject([
      { check: "autovacuum", status: "warning", message: expect.stringContaining('"shop".messages') },
      { check: "dead_rows", status: "ok" },
    ]);
    const long = [
      { who: "the session with pid 4711 (active)", age_s: 3_600 },
      { who: "the unused replication slot old", age_s: null },
    ];
    expect(transactionFindings(SERVER, long)).toMatchObject([
      { status: "warning", message: expect.stringContaining("pid 4711 (active) has been open for 1h") },
      { status: "warning", message: expect.stringContaining("slot old keeps") },
    ]);
    expect(transactionFindings({ ...SERVER, sees_sessions: false }, [])).toMatchObject([
      { status: "unknown" },
    ]);
    expect(transactionFindings(SERVER, [])).toMatchObject([{ status: "ok" }]);
  });
});
