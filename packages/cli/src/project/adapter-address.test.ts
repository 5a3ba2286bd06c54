import { describe, expect, it } from "vitest";
import { addressOfKind, readAddress } from "./adapter-address.ts";
import { findAdapter, installedAdapters } from "./find-adapter.ts";

const SOURCES = { folder: process.cwd(), adapters: {} };

const BROKERS = installedAdapters(SOURCES.folder, "broker");
const KINDS = BROKERS.map(({ kind }) => kind).join(", ");
const SCHEMES = `A URL starts with one of ${BROKERS.flatMap(({ schemes }) => schemes.map((one) => `${one}:`)).join(" ")}. Another needs its package: pnpm add @jobs/adapter-…`;

describe("installedAdapters", () => {
  it("finds every adapter of this family without loading it, as its descriptor says", async () => {
    const found = installedAdapters(SOURCES.folder);
    const kinds = ["memory", "postgres", "redis", "sqlite", "sqs"];
    expect(found.map(({ kind }) => kind)).toEqual(expect.arrayContaining(kinds));
    for (const { kind, schemes, stores, reach, hasInfrastructure = false } of found) {
      const adapter = await findAdapter(kind, SOURCES);
      expect(adapter).toMatchObject({ kind, schemes, reach });
      expect(adapter?.infrastructure !== undefined).toBe(hasInfrastructure);
      const { createBroker, createHistory, createResults } = adapter ?? {};
      const made = { broker: createBroker, results: createResults, history: createHistory };
      expect(Object.entries(made).flatMap(([role, factory]) => (factory ? [role] : []))).toEqual(stores);
    }
  });
});

describe("readAddress", () => {
  it.each([
    ["sqlite", "sqlite", {}],
    ["sqlite:./x.db", "sqlite", { file: "./x.db" }],
    ["rediss://h", "redis", { url: "rediss://h" }],
    ["sqs:", "sqs", {}],
    ["http://localhost:4566/", "sqs", { endpoint: "http://localhost:4566" }],
  ])("reads %s by its adapter", async (written, kind, options) => {
    const address = await readAddress(written, "broker", SOURCES);
    expect(address).toMatchObject({ adapter: { kind }, options });
  });

  it.each([
    ["sqlit", "Did you mean sqlite?"],
    ["mian", "Did you mean main?"],
    ["mysql", `Known: main, ${KINDS}. Another needs its package: pnpm add @jobs/adapter-mysql`],
    ["https", `Known: main, ${KINDS}. Another needs its package: pnpm add @jobs/adapter-https`],
    ["amqp://u:s3cret@h", SCHEMES],
    ["redis//:s3cret@h", SCHEMES],
    ["user:s3cret@h:6379", SCHEMES],
    ["../../x", SCHEMES],
  ])("refuses %s without quoting what may be secret", async (written, hint) => {
    const read = readAddress(written, "broker", SOURCES, ["main"]);
    await expect(read).rejects.toThrow(expect.objectContaining({ code: "invalid_config", hint }));
    await expect(read).rejects.not.toThrow(/s3cret/);
  });

  it("names both packages that may keep results of a kind", async () => {
    const hint = expect.stringContaining(
      "Another needs its package: pnpm add @jobs/results-mongo or pnpm add @jobs/adapter-mongo",
    );
    await expect(readAddress("mongo", "results", SOURCES)).rejects.toThrow(expect.objectContaining({ hint }));
  });

  it("knows which adapter has which store", async () => {
    expect(await readAddress("postgresql://h/db", "results", SOURCES)).toMatchObject({
      adapter: { kind: "postgres" },
    });
    await expect(readAddress("sqs", "results", SOURCES)).rejects.toThrow("sqs is no result store.");
    await expect(readAddress("sqs", "history", SOURCES)).rejects.toThrow("sqs is no history store.");
  });

  it("takes an adapter of the user by the kind that the configuration gives it", async () => {
    const adapters = { ours: "@jobs/adapter-memory" };
    const sources = { folder: process.cwd(), adapters };
    expect(await readAddress("ours", "broker", sources)).toMatchObject({ adapter: { kind: "memory" } });
    const { options } = await addressOfKind({ kind: "ours", maxMessageBytes: 1 }, "broker", sources);
    expect(options).toEqual({ maxMessageBytes: 1 });
    const none = { folder: process.cwd(), adapters: { ours: "@jobs/core" } };
    await expect(readAddress("ours:x", "broker", none)).rejects.toThrow("@jobs/core exports no adapter.");
  });
});
