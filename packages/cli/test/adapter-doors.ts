import * as memoryPackage from "@jobs/adapter-memory";
import * as postgresPackage from "@jobs/adapter-postgres";
import * as redisPackage from "@jobs/adapter-redis";
import * as sqlitePackage from "@jobs/adapter-sqlite";
import * as sqsPackage from "@jobs/adapter-sqs";
import * as outboxPackage from "@jobs/outbox";

type Options = Readonly<Record<string, unknown>>;
// biome-ignore lint/suspicious/noExplicitAny: each line passes what the types forbid.
export type Loose = any;

/**
 * A function with named options: its call, its required options, a typing error with the expected suggestion, and
 * known options of a wrong type.
 */
export type Door = readonly [
  call: (options: Loose) => unknown,
  needs: Options,
  slip: [string, string],
  wrong: Options,
];

/** The packages of all adapters and of the outbox. Tests call what they export with unusable arguments and options. */
export const ADAPTERS = [
  memoryPackage,
  redisPackage,
  sqlitePackage,
  sqsPackage,
  postgresPackage,
  outboxPackage,
];

/** Every function of an adapter with named options. */
export const ADAPTER_DOORS: Readonly<Record<string, Door>> = {
  memory: [
    (o) => memoryPackage.memory(o),
    {},
    ["maxMessagebyte", "maxMessageBytes"],
    { clock: 1, storage: {}, maxMessageBytes: "1", capabilities: 1 },
  ],
  "memory capabilities": [
    (capabilities) => memoryPackage.memory({ capabilities }),
    {},
    ["priorty", "priority"],
    {},
  ],
  createMemoryStorage: [(o) => memoryPackage.createMemoryStorage(o), {}, ["clok", "clock"], { clock: 1 }],
  memoryResults: [(o) => memoryPackage.memoryResults(o), {}, ["share", "shared"], { shared: {}, clock: 1 }],
  createMemoryHistory: [
    (o) => memoryPackage.createMemoryHistory(o),
    {},
    ["share", "shared"],
    { shared: {}, clock: 1 },
  ],
  sqlite: [
    (o) => sqlitePackage.sqlite(o),
    { file: "x.db" },
    ["syncronous", "synchronous"],
    { file: 1, synchronous: "off", maxMessageBytes: 0, driver: "sqlite3", clock: 1 },
  ],
  createInbox: [
    (o) => outboxPackage.createInbox(o),
    { broker: memoryPackage.memory(), store: sqlitePackage.sqlite({ file: "x.db" }) },
    ["keepsMs", "keepMs"],
    { broker: {}, store: 1, queue: 1, keepMs: 0, takeoverMs: "1s" },
  ],
  createOutbox: [
    (o) => outboxPackage.createOutbox(o),
    { broker: memoryPackage.memory(), store: sqlitePackage.sqlite({ file: "x.db" }) },
    ["que", "queue"],
    { broker: {}, store: 1, queue: 1 },
  ],
  createRelay: [
    (o) => outboxPackage.createRelay(o),
    { from: memoryPackage.memory(), to: memoryPackage.memory() },
    ["untilEmty", "untilEmpty"],
    { from: 1, to: {}, queue: 1, untilEmpty: 1, takeoverMs: "1s", onEvent: {} },
  ],
  failover: [
    (o) => outboxPackage.failover(memoryPackage.memory(), o),
    { spool: memoryPackage.memory() },
    ["que", "queue"],
    { spool: {}, queue: 1 },
  ],
  createTables: [
    (o) => sqlitePackage.createTables(o),
    { file: "x.db" },
    ["fil", "file"],
    { file: 1, driver: 1 },
  ],
  sqliteResults: [
    (o) => sqlitePackage.sqliteResults(o),
    { file: "x.db" },
    ["fil", "file"],
    { file: 1, driver: 1, synchronous: "off", clock: 1 },
  ],
  sqliteHistory: [
    (o) => sqlitePackage.sqliteHistory(o),
    { file: "x.db" },
    ["files", "file"],
    { file: 1, driver: 1, clock: 1 },
  ],
  redis: [
    (o) => redisPackage.redis(o),
    {},
    ["uri", "url"],
    {
      url: 1,
      connection: "x",
      cluster: {},
      prefix: "",
      keepFinished: "1",
      sweepMs: 0,
      maxMessageBytes: 0,
      onWarning: 1,
    },
  ],
  "redis cluster": [
    (cluster) => redisPackage.redis({ cluster }),
    { nodes: [{ host: "127.0.0.1", port: 1 }] },
    ["node", "nodes"],
    { nodes: {}, options: 1 },
  ],
  redisResults: [(o) => redisPackage.redisResults(o), {}, ["uri", "url"], { url: 1, prefix: "" }],
  redisHistory: [(o) => redisPackage.redisHistory(o), {}, ["uri", "url"], { url: 1, prefix: "" }],
  sqs: [
    (o) => sqsPackage.sqs(o),
    {},
    ["regon", "region"],
    { region: 1, endpoint: 1, client: 1, transport: "fast", prefix: 1, accountId: 1, jobsPerMessage: 0 },
  ],
  postgres: [
    (o) => postgresPackage.postgres(o),
    {},
    ["poler", "pooler"],
    { url: 1, connection: 1, schema: 1, migrate: "no", maxMessageBytes: 0, pooler: "session" },
  ],
  postgresResults: [
    (o) => postgresPackage.postgresResults(o),
    {},
    ["shema", "schema"],
    { url: 1, connection: 1, schema: 1, migrate: "no" },
  ],
  postgresHistory: [
    (o) => postgresPackage.postgresHistory(o),
    {},
    ["shema", "schema"],
    { url: 1, schema: 1, migrate: "no", clock: 1 },
  ],
  migrateSchema: [(o) => postgresPackage.migrateSchema(o), {}, ["shema", "schema"], { url: 1, schema: 1 }],
  grantsFor: [
    (o) => postgresPackage.grantsFor(o),
    { role: "r" },
    ["acces", "access"],
    { role: 1, access: "all", schema: 1 },
  ],
};
