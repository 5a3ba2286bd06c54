import { expect, it } from "vitest";
import { checkServer, parseInfo } from "./check-server.ts";

const INFO =
  "# Server\r\nredis_version:7.0.15\r\n# Memory\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\n";

it("finds nothing wrong with a Redis that keeps jobs", () => {
  expect(checkServer(parseInfo(INFO), "bull")).toEqual([]);
});

it("warns of a server that drops keys, and of one whose crash loses them [F27]", () => {
  const warnings = checkServer(
    parseInfo(INFO.replace("noeviction", "allkeys-lru").replace("aof_enabled:1", "aof_enabled:0")),
    "bull",
  );
  expect(warnings).toEqual([
    expect.stringMatching(/maxmemory-policy allkeys-lru.*noeviction/),
    expect.stringMatching(/append-only.*appendonly/),
  ]);
});

it.each(["5.0.14", "6.0.16"])("refuses Redis %s, which lacks what the scripts use", (version) => {
  const refusal = expect.objectContaining({
    code: "invalid_config",
    message: expect.stringContaining(version),
  });
  expect(() => checkServer(parseInfo(INFO.replace("7.0.15", version)), "bull")).toThrow(refusal);
});

it("says nothing of a server that may not be asked", () => {
  expect(checkServer(parseInfo(""), "bull")).toEqual([]);
});
