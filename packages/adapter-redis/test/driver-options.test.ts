import { createRequire } from "node:module";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { CLUSTER_RULES, DRIVER_RULES } from "../src/connection/driver-options.ts";
import { type RedisOptions, redis, redisResults } from "../src/index.ts";
import { QUEUE, RedisWorld } from "./redis-world.ts";

const driver = createRequire(import.meta.url);

/** What ioredis gives a client whose maker says nothing: all options that have a default. */
const DEFAULTS = {
  single: driver("ioredis/built/redis/RedisOptions.js").DEFAULT_REDIS_OPTIONS,
  cluster: driver("ioredis/built/cluster/ClusterOptions.js").DEFAULT_CLUSTER_OPTIONS,
} as const;

const NODES = [{ host: "127.0.0.1", port: 1 }];

/** Options that would make jobs late, lost or unseen, each with a value that ioredis takes. */
const REFUSED = {
  keyPrefix: "a:",
  commandTimeout: 100,
  blockingTimeout: 100,
  blockingTimeoutGrace: 100,
  socketTimeout: 100,
  connectTimeout: 100,
  retryStrategy: () => null,
  autoResendUnfulfilledCommands: true,
  maxRetriesPerRequest: null,
  enableOfflineQueue: true,
  enableReadyCheck: false,
  lazyConnect: false,
  reconnectOnError: () => 2,
  enableAutoPipelining: true,
  autoPipeliningIgnoredCommands: [],
  readOnly: true,
  role: "slave",
  preferredSlaves: [],
  stringNumbers: true,
  replyMapping: "resp3",
  autoResubscribe: false,
  monitor: true,
  offlineQueue: true,
  commandQueue: true,
  scripts: {},
  himportFieldsets: [],
} as const;

const PASSED = {
  host: "127.0.0.1",
  port: 6379,
  path: "/tmp/redis.sock",
  family: 4,
  db: 3,
  tls: {},
  noDelay: true,
  keepAlive: 1,
  disconnectTimeout: 1,
  connectionName: "jobs",
  disableClientInfo: true,
  clientInfoTag: "jobs",
  username: "ada",
  password: "",
  protocol: 2,
  maxLoadingRetryTime: 1,
  Connector: class {},
  showFriendlyErrorStack: true,
  sentinels: [{ host: "127.0.0.1", port: 1 }],
  name: "main",
  sentinelUsername: "ada",
  sentinelPassword: null,
  sentinelRetryStrategy: () => 1,
  sentinelReconnectStrategy: () => 1,
  sentinelCommandTimeout: 1,
  enableTLSForSentinelMode: true,
  sentinelTLS: {},
  natMap: {},
  updateSentinels: true,
  sentinelMaxConnections: 1,
  failoverDetector: true,
} as const;

describe("the options of ioredis", () => {
  it("each is passed on or refused, and so is one that a new release brings", () => {
    expect(Object.keys(DEFAULTS.single).length).toBeGreaterThan(35);
    expect(Object.keys(DRIVER_RULES)).toEqual(expect.arrayContaining(Object.keys(DEFAULTS.single)));
    expect(Object.keys(CLUSTER_RULES)).toEqual(expect.arrayContaining(Object.keys(DEFAULTS.cluster)));
    const known = [...Object.keys(PASSED), ...Object.keys(REFUSED).filter((name) => name !== "role"), "role"];
    expect(known.sort()).toEqual(Object.keys(DRIVER_RULES).sort());
  });

  it.each(Object.entries(REFUSED))("refuses %s and names it", (name, value) => {
    const message = expect.stringContaining(`${name} must be `);
    const refusal = expect.objectContaining({ code: "invalid_config", message });
    expect(() => redis({ connection: { [name]: value } })).toThrow(refusal);
    expect(() => redisResults({ connection: { [name]: value } })).toThrow(refusal);
    const options = { redisOptions: { [name]: value } };
    expect(() => redis({ cluster: { nodes: NODES, options } as never })).toThrow(refusal);
  });

  it.each(Object.entries(PASSED))("passes %s on", (name, value) => {
    expect(() => redis({ connection: { [name]: value } as never })).not.toThrow();
  });

  it.each([
    "keyPrefix",
    "scaleReads",
    "clusterRetryStrategy",
    "enableOfflineQueue",
    "enableReadyCheck",
    "lazyConnect",
    "enableAutoPipelining",
    "autoPipeliningIgnoredCommands",
    "shardedSubscribers",
    "scripts",
    "himportFieldsets",
  ])("refuses %s of a cluster and names it", (name) => {
    const cluster = { nodes: NODES, options: { [name]: "slave" } };
    expect(() => redis({ cluster } as never)).toThrow(new RegExp(`${name} must be`));
  });

  it.each([
    ["keyprefix", "keyPrefix"],
    ["conectTimeout", "connectTimeout"],
    ["passwort", "password"],
  ])("refuses %s, which is no option, and says what was meant", (name, meant) => {
    expect(() => redis({ connection: { [name]: 1 } as never })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(name),
        hint: expect.stringContaining(meant),
      }),
    );
  });

  it.each([
    [{ connection: { db: "3" } }, /db must be a whole number/],
    [{ connection: { db: -1 } }, /db must be a whole number/],
    [{ connection: { db: 1.5 } }, /db must be a whole number/],
    [{ connection: { sentinels: [] } }, /at least one Sentinel/],
    [{ cluster: { nodes: [] } }, /at least one/],
    [{ cluster: { nodes: ["redis://user:secret@host:1"] } }, /options.redisOptions/],
    [{ cluster: { nodes: ["rediss://host:1"] } }, /options.redisOptions/],
    [{ cluster: { nodes: NODES, options: { redisOptions: { db: 3 } } } }, /no databases but 0/],
    [{ url: "redis://host/abc" }, /the database "abc"/],
    [{ url: "redis://host/0/1" }, /the database "0\/1"/],
    [{ url: "redis://host/-1" }, /the database "-1"/],
    [{ url: "redis://host?keyPrefix=a" }, /the parameter "keyPrefix"/],
    [{ url: "redis://host?db=3" }, /the parameter "db"/],
    [{ url: "redis://:pa#ss@host" }, /%23|not one of Redis/],
    [{ url: "redis://:%zz@host" }, /%25|stands for nothing/],
    [{ url: "REDISS://host" }, /not one of Redis/],
    [{ url: "redis:host" }, /not one of Redis/],
    [{ url: " redis://host" }, /not one of Redis/],
  ])("refuses %j before anything is connected", (options, reason) => {
    const refused = (() => {
      try {
        return redis(options as unknown as RedisOptions);
      } catch (error) {
        return error;
      }
    })();
    expect(refused).toMatchObject({ code: "invalid_config" });
    const { message, hint = "" } = refused as { readonly message: string; readonly hint?: string };
    expect(`${message} ${hint}`).toMatch(reason);
    expect(`${message} ${hint}`).not.toContain("secret");
  });

  it.each(["redis://host", "redis://host/", "rediss://u:p%40@host:1/12", "redis://[::1]:6379/0?family=6"])(
    "accepts %s",
    (url) => {
      expect(() => redis({ url })).not.toThrow();
    },
  );

  it("refuses a time that a timer of the driver cannot hold, and one that ends at once", () => {
    const longest = 2 ** 31 - 1;
    const refusal = (name: string) =>
      new RegExp(`${name} must be a whole number of ms .* to ${longest} \\(24 days`);
    const ofClient = ["keepAlive", "disconnectTimeout", "maxLoadingRetryTime", "sentinelCommandTimeout"];
    const delays = ["Failover", "ClusterDown", "TryAgain", "Moved"].map((cause) => `retryDelayOn${cause}`);
    const ofCluster = [...delays, "slotsRefreshTimeout", "slotsRefreshInterval"];
    const open = (options: object) => () => redis({ cluster: { nodes: NODES, options } });
    for (const name of ofClient) {
      expect(() => redis({ connection: { [name]: longest } })).not.toThrow();
      expect(() => redis({ connection: { [name]: longest + 1 } })).toThrow(refusal(name));
    }
    for (const name of ofCluster) {
      expect(open({ [name]: longest })).not.toThrow();
      for (const ms of [longest + 1, 0.5, Number.NaN]) expect(open({ [name]: ms })).toThrow(refusal(name));
    }
    expect(open({ slotsRefreshTimeout: 0 })).toThrow(refusal("slotsRefreshTimeout"));
    expect(open({ redisOptions: { sentinelCommandTimeout: 0 } })).toThrow(refusal("sentinelCommandTimeout"));
  });

  it.each([0, 65_536, 70_000, "99999", "0", "", [6379]])("refuses the port %j", (port) => {
    expect(() => redis({ connection: { port } as never })).toThrow("port must be");
  });

  it("says in its own words what only ioredis finds wrong", async () => {
    const broker = redis({ connection: { sentinels: [{ host: "127.0.0.1", port: 1 }] } });
    await expect(broker.openQueue(QUEUE)).rejects.toMatchObject({
      code: "invalid_config",
      message: expect.stringContaining("name of master"),
    });
    await broker.close();
  });
});

describe.runIf(await hasRedis({ isOwn: true }))("databases", () => {
  it("a database that the server does not have is an error that names it, and nothing is written to another", async () => {
    await using server = await startRedisServer({ args: ["--databases", "4"] });
    for (const options of [
      { url: `${server.url}/99` },
      { url: server.url, connection: { db: 4 } },
    ] as const) {
      const broker = redis({ ...options, onWarning: () => {} });
      const results = redisResults(options);
      const refusal = { code: "invalid_config", message: expect.stringMatching(/no database (99|4)\b/) };
      for (let times = 0; times < 3; times++) {
        await expect(broker.openQueue(QUEUE)).rejects.toMatchObject(refusal);
        await expect(results.get("job")).rejects.toMatchObject(refusal);
        await expect(broker.coordination!.list("set")).rejects.toMatchObject(refusal);
      }
      await Promise.all([broker.close(), results.close()]);
    }
    await using world = await RedisWorld.open(server.url);
    expect(await world.client.dbsize()).toBe(0);
    await using last = await RedisWorld.open(server.url, { url: `${server.url}/3` });
    await last.send(["job"]);
    expect(await world.client.dbsize()).toBe(0);
    expect(await last.take(1)).toMatchObject([{ messageId: "job" }]);
  });

  it("without the right to select, now or after a reconnect, nothing is written to another database", async () => {
    await using server = await startRedisServer();
    await using admin = await RedisWorld.open(server.url);
    await using world = await RedisWorld.open(server.url, { url: `${server.url}/3` });
    await world.send(["before"]);
    await admin.client.acl("SETUSER", "default", "-select");
    await admin.client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    const codeOf = (done: Promise<unknown>) =>
      done.then(
        () => "done",
        ({ code }: { readonly code: string }) => code,
      );
    await expect.poll(() => codeOf(world.send(["during"]))).toBe("access_denied");
    for (let times = 0; times < 3; times++) {
      await expect(world.send(["during"])).rejects.toMatchObject({ code: "access_denied" });
      const late = redis({ url: `${server.url}/3` });
      await expect(late.openQueue(QUEUE)).rejects.toMatchObject({ code: "access_denied" });
      await late.close();
    }
    expect(await admin.client.dbsize()).toBe(0);
    await admin.client.acl("SETUSER", "default", "+select");
    await expect.poll(() => world.send(["after"]).catch(() => "refused")).toBeUndefined();
    const taken = await world.take(3);
    expect(taken.map(({ messageId }) => messageId)).toEqual(["before", "after"]);
  });
});
