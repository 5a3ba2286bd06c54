import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeEnvelope, decodeMessage } from "../decode.ts";
import { encodeEnvelope } from "../encode.ts";

const folder = new URL("./golden/simple-worker/", import.meta.url);
const messageId = "5fea7756-0ea4-451a-a703-a558b933e274";

/** The content of each golden file, written by Python's `json.dumps`. Files are only added. */
const GOLDEN: Readonly<Record<string, object>> = {
  "python.json": { task: "send_email", params: { to: "a@b.c", subject: "Hi" } },
  "no-params.json": { task: "tick", params: {} },
  "odd-texts.json": {
    task: "import",
    params: { name: "Jürgen 🙂", tags: [1, 2.5, null, true], nested: { v: 1 } },
  },
};

function read(body: string) {
  return decodeMessage({ body, messageId }, ["simple-worker"]);
}

describe("bodies of simple-worker", () => {
  it("have golden files that are all looked at", () => {
    expect(Object.keys(GOLDEN).sort()).toEqual(readdirSync(folder).sort());
  });

  it.each(Object.entries(GOLDEN))("%s is read as a job [W10]", (file, job) => {
    expect(read(readFileSync(new URL(file, folder), "utf8"))).toEqual({
      v: 1,
      id: messageId,
      sig: "",
      enqueuedAt: "1970-01-01T00:00:00.000Z",
      ...job,
    });
  });

  it("have the broker's id of the message, the same in every delivery [W35]", () => {
    const body = readFileSync(new URL("python.json", folder), "utf8");
    expect(read(body).id).toBe(messageId);
    expect(read(body)).toEqual(read(body));
  });

  it.each([
    ['{"task_name": "", "task_payload": {}}', "task_name must be a text that is not empty"],
    ['{"task_name": 7, "task_payload": {}}', "task_name must be a text that is not empty"],
    ['{"task_name": "t", "task_payload": []}', "task_payload must be an object"],
    ['{"task_name": "t"}', "task_payload must be an object"],
    ['{"task_name": "t", "task_name": "u", "task_payload": {}}', "a key twice"],
    ['{"task_name": "t", "task_payload": {"__proto__": {}}}', "poisons prototypes"],
    ['{"task_payload": {}}', "not a job's envelope"],
    ["[]", "not a job's envelope"],
    ["", "it is empty"],
  ])("are refused when they are broken: %s", (body, reason) => {
    expect(() => read(body)).toThrow(reason);
  });

  it("are read only where a worker asks for it", () => {
    const body = readFileSync(new URL("python.json", folder), "utf8");
    const hint = "This is a simple-worker job: run the worker with --codec simple-worker.";
    expect(() => decodeMessage({ body, messageId }, [])).toThrow(expect.objectContaining({ hint }));
  });

  it("travel beside our own envelopes, also one whose parameters look like them", () => {
    const own = encodeEnvelope({
      ...{ v: 1, task: "t", params: { task_name: "x", task_payload: {} }, id: "1", sig: "a" },
      ...{ enqueuedAt: "2026-11-21T22:40:00.000Z", queue: "q" },
    });
    expect(read(own)).toEqual(decodeEnvelope(own));
    expect(() => read('{"v": 2, "task_name": "t", "task_payload": {}}')).toThrow("version 2");
  });
});
