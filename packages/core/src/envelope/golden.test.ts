import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeEnvelope } from "./decode.ts";
import { encodeEnvelope } from "./encode.ts";
import type { Envelope } from "./envelope.ts";

const minimal: Envelope = {
  v: 1,
  task: "send_email",
  params: { to: "a@b.c", subject: "Hi" },
  id: "0199f2c4-7d0e-7b6a-9a51-1f0c2d3e4f50",
  sig: "subject,to",
  enqueuedAt: "2026-11-21T22:40:00.000Z",
};

/** What each golden file holds. Files are only ever added: they stand for jobs that wait in somebody's queue. */
const GOLDEN: Readonly<Record<string, Envelope>> = {
  "v1-minimal.json": minimal,
  "v1-documented.json": {
    ...minimal,
    maxAttempts: 5,
    headers: { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" },
  },
  "v1-no-params.json": { ...minimal, task: "tick", params: {}, sig: "" },
  "v1-all-fields.json": {
    headers: { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", tenant: "acme" },
    rel: "2026.11.3",
    dedupeKey: "mail:7",
    group: "acme",
    parent: "0199f2c4-7d0e-7b6a-9a51-1f0c2d3e4f4f",
    chain: "0199f2c4-7d0e-7b6a-9a51-1f0c2d3e4f4e",
    priorAttempts: 2,
    domain: "eu",
    queue: "mail",
    expiresAt: "2026-11-23T00:00:00.000Z",
    notBefore: "2026-11-22T00:00:00.000Z",
    maxAttempts: 5,
    ...minimal,
  },
  "v1-backoff.json": {
    ...minimal,
    maxAttempts: 3,
    backoff: { type: "exponential", baseMs: 1_000, maxMs: 600_000, jitter: true },
  },
  "v1-flow.json": {
    ...minimal,
    chain: "0199f2c4-7d0e-7b6a-9a51-1f0c2d3e4f4e",
    next: [
      {
        task: "log_sent",
        params: { channel: "mail" },
        takes: { at: "sentAt", all: "." },
        sig: "all,at,channel",
        queue: "logs",
        domain: "eu",
        delayMs: 1000,
        priority: 3,
        maxAttempts: 2,
        groupKey: "acme",
      },
      { group: [[{ task: "tick", params: {}, sig: "", queue: "default" }]] },
    ],
    join: {
      id: "0199f2c4-7d0e-7b6a-9a51-1f0c2d3e4f51",
      size: 2,
      index: 1,
      next: [],
      join: { id: "0199f2c4-7d0e-7b6a-9a51-1f0c2d3e4f52", size: 1, index: 0, next: [] },
    },
    parent: "0199f2c4-7d0e-7b6a-9a51-1f0c2d3e4f4f",
  },
  "v1-flow-started.json": {
    ...minimal,
    chain: "0199f2c4-7d0e-7b6a-9a51-1f0c2d3e4f4e",
    chainStartedAt: "2026-11-21T22:39:59.000Z",
    parent: "0199f2c4-7d0e-7b6a-9a51-1f0c2d3e4f4f",
  },
  "v1-flow-unchecked.json": {
    ...minimal,
    chain: "0199f2c4-7d0e-7b6a-9a51-1f0c2d3e4f4e",
    unchecked: { to: "user.mail" },
    parent: "0199f2c4-7d0e-7b6a-9a51-1f0c2d3e4f4f",
  },
  "v1-task-version.json": {
    ...minimal,
    chain: "0199f2c4-7d0e-7b6a-9a51-1f0c2d3e4f4e",
    next: [{ task: "tick", params: {}, sig: "", taskVersion: 2, queue: "default" }],
    rel: "2026.11.3",
    taskVersion: 3,
    tags: ["a"],
    headers: { a: "b" },
  },
  "v1-odd-texts.json": {
    ...minimal,
    params: {
      "": "empty key",
      controls: "\u0000\u0008\u001f\u007f\t\r\n",
      noncharacters: "\uFFFE\uFFFF",
      surrogates: "\uD800 \uDC00 🙂",
      separators: "\u2028\u2029\u0085",
      quotes: "\"\\/'",
      markup: "</script><!--]]>&amp;",
      "\uFFFFkey\uD83D": [[], {}, [null, true, -1.5e-7, 9007199254740991]],
    },
    headers: { "x-\uFFFE": "ä\u0001" },
  },
};

const folder = new URL("./golden/", import.meta.url);

function golden(file: string): string {
  return readFileSync(new URL(file, folder), "utf8");
}

describe("golden files of envelope v1", () => {
  it("are all looked at", () => {
    expect([...Object.keys(GOLDEN), "v1-newer-release.json"].sort()).toEqual(readdirSync(folder).sort());
  });

  it.each(Object.entries(GOLDEN))(
    "%s is written byte for byte, whatever the order of fields",
    (file, envelope) => {
      expect(encodeEnvelope(envelope)).toBe(golden(file));
    },
  );

  it.each(Object.entries(GOLDEN))("%s is read", (file, envelope) => {
    expect(decodeEnvelope(golden(file))).toEqual(envelope);
  });

  it("v1-newer-release.json has fields of a later release: they are read, kept and written again", () => {
    const body = golden("v1-newer-release.json");
    const envelope = decodeEnvelope(body);
    expect(envelope).toEqual({
      ...minimal,
      priorAttempts: 1,
      urgency: { level: 3 },
      tags: ["a"],
      headers: { a: "b" },
    });
    expect(encodeEnvelope(envelope)).toBe(body);
  });
});
