import { isJobsError } from "@jobs/core";
import { hasRedis, type RedisSentinel, startRedisSentinel } from "@jobs/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RedisOptions, redis } from "../src/index.ts";

/** A server that is not what the options say, and what they are refused with. */
interface Mistake {
  readonly says: string;
  readonly options: (servers: Servers) => RedisOptions;
  readonly code: string;
  readonly text: RegExp;
  readonly hint: RegExp;
}

/** Addresses of a server, and of a Sentinel that watches it. */
interface Servers {
  readonly server: { readonly host: string; readonly port: number };
  readonly sentinel: { readonly host: string; readonly port: number };
  readonly name: string;
}

const NOBODY = { host: "127.0.0.1", port: 1 };
const HOW_TO_NAME_A_SENTINEL = /sentinels: \[\{ host, port \}\], name/;

const MISTAKES: readonly Mistake[] = [
  {
    says: "a url names a Sentinel",
    options: ({ sentinel: { host, port } }) => ({ url: `redis://${host}:${port}` }),
    code: "invalid_config",
    text: /lacks a command that jobs needs: evalsha \(ERR\)\.$/,
    hint: HOW_TO_NAME_A_SENTINEL,
  },
  {
    says: "a url names a Sentinel, and a database that it has not",
    options: ({ sentinel: { host, port } }) => ({ url: `redis://${host}:${port}/2` }),
    code: "invalid_config",
    text: /lacks a command that jobs needs: select \(ERR\)\.$/,
    hint: HOW_TO_NAME_A_SENTINEL,
  },
  {
    says: "the Sentinels do not know the name",
    options: ({ sentinel }) => ({ connection: { sentinels: [sentinel], name: "other" } }),
    code: "invalid_config",
    text: /^redis: the primary "other" of the Sentinels 127\.0\.0\.1:\d+, database 0 is not known to the Sentinels/,
    hint: /SENTINEL MASTERS/,
  },
  {
    says: "the Sentinel is a server",
    options: ({ server, name }) => ({ connection: { sentinels: [server], name } }),
    code: "invalid_config",
    text: /is asked for where no Sentinel is \(ERR\)\.$/,
    hint: /by url/,
  },
  {
    says: "the password of the Sentinels is wrong",
    options: ({ sentinel, name }) => ({
      connection: { sentinels: [sentinel], name, sentinelUsername: "me", sentinelPassword: "s3cret" },
    }),
    code: "access_denied",
    text: /user or password is wrong \(WRONGPASS\)/,
    hint: /password/,
  },
  {
    says: "no Sentinel is there",
    options: ({ name }) => ({ connection: { sentinels: [NOBODY], name } }),
    code: "broker_unavailable",
    text: /none of them takes a connection\.$/,
    hint: /correct hosts and ports/,
  },
  {
    says: "a cluster is a server",
    options: ({ server }) => ({ cluster: { nodes: [server] } }),
    code: "invalid_config",
    text: /^redis: the cluster of 127\.0\.0\.1:\d+ is no cluster/,
    hint: /by url/,
  },
  {
    says: "the password of a cluster is wrong",
    options: ({ server }) => ({
      cluster: { nodes: [server], options: { redisOptions: { username: "me", password: "s3cret" } } },
    }),
    code: "access_denied",
    text: /user or password is wrong \(WRONGPASS\)/,
    hint: /password/,
  },
  {
    says: "no node of a cluster is there",
    options: () => ({ cluster: { nodes: [NOBODY] } }),
    code: "broker_unavailable",
    text: /none of them takes a connection\.$/,
    hint: /correct hosts and ports/,
  },
];

describe.runIf(await hasRedis({ isOwn: true }))("a Redis of another kind than the options say", () => {
  let watched: RedisSentinel;
  beforeAll(async () => {
    watched = await startRedisSentinel();
  });
  afterAll(() => watched[Symbol.asyncDispose]());

  it.each(MISTAKES)(
    "$says: refused by the first answer, with the fix and without the password",
    async (mistake) => {
      const host = "127.0.0.1";
      const { name, port, primary } = watched;
      const options = mistake.options({
        server: { host, port: primary.port },
        sentinel: { host, port },
        name,
      });
      const broker = redis({ ...options, onWarning: () => {} });
      const refused: unknown = await broker.openQueue("mail").catch((error: unknown) => error);
      await broker.close();
      if (!isJobsError(refused)) throw refused;
      const { code, message, hint } = refused;
      expect({ code, message, hint }).toEqual({
        code: mistake.code,
        message: expect.stringMatching(mistake.text),
        hint: expect.stringMatching(mistake.hint),
      });
      expect(`${refused.stack} ${String(refused.cause)}`).not.toMatch(/s3cret|beginning with/);
    },
  );
});
