import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { redisFault } from "./redis-fault.ts";

const CALL = { broker: "redis", maybeDone: false, address: "h:1/0" };

function answer(text: string, more: object = {}): Error {
  return Object.assign(new Error(text), { name: "ReplyError", ...more });
}

describe("redisFault", () => {
  it("keeps neither password nor body that the driver has hung on its error [F62]", () => {
    const command = { name: "hello", args: ["3", "AUTH", "default", "s3cret"] };
    const refusal = answer("WRONGPASS invalid username-password pair", { command });
    const fault = redisFault(refusal, CALL);
    expect(fault).toMatchObject({ code: "access_denied", cause: refusal });
    expect(inspect(fault, { depth: 9 })).not.toContain("s3cret");
  });

  it("keeps no argument that the server quotes, not even of one node of a cluster [F62]", () => {
    const text = "ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' 's3cret' ";
    const of = Object.assign(new Error("Failed to refresh slots cache."), { lastNodeError: answer(text) });
    for (const error of [answer(text), of, new Error(`All sentinels are unreachable. Last error: ${text}`)]) {
      const fault = redisFault(error, CALL);
      expect(fault).toMatchObject({ code: "invalid_config", message: expect.stringContaining("HELLO") });
      expect(inspect(fault, { depth: 9 })).not.toContain("s3cret");
    }
  });

  it.each([
    ["DENIED Redis is running in protected mode because …", "access_denied", false],
    ["MOVED 8725 127.0.0.1:6380", "invalid_config", false],
    ["ASK 8725 127.0.0.1:6380", "invalid_config", false],
    ["CROSSSLOT Keys in request don't hash to the same slot", "invalid_config", false],
    ["CLUSTERDOWN Hash slot not served", "broker_unavailable", true],
    ["TRYAGAIN Multiple keys request during rehashing of slot", "broker_unavailable", true],
    ["WRONGTYPE Operation against a key holding the wrong kind of value", "broker_unavailable", false],
    ["ERR something new", "broker_unavailable", false],
  ])("%s is %s", (text, code, retryable) => {
    const fault = redisFault(answer(text), CALL);
    expect(fault).toMatchObject({ code, retryable, hint: expect.stringMatching(/\.$/) });
    expect(fault.message).toContain("h:1/0");
    expect(fault.message).toContain(/^[A-Z]+/.exec(text)?.[0]);
  });

  it.each([
    "MOVED 8725 127.0.0.1:6380",
    "ASK 8725 127.0.0.1:6380",
    "ERR Script attempted to access a non local key in a cluster node",
  ])("%s from a cluster that is named as one passes by waiting", (text) => {
    const last = new Error(`Too many Cluster redirections. Last error: ReplyError: ${text}`);
    for (const error of [answer(text), last])
      expect(redisFault(error, { ...CALL, isCluster: true })).toMatchObject({
        code: "broker_unavailable",
        retryable: true,
        maybeSent: false,
        message: expect.stringContaining("its cluster is moving these keys"),
      });
  });
});
