import { readdirSync, readFileSync } from "node:fs";
import specifications from "@asyncapi/specs";
import { decodeEnvelope } from "@jobs/core/broker";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/lock/schema/model.ts";
import type { Lock } from "../../src/lock/task-lock.ts";
import { asyncapiDocument } from "../../src/types/asyncapi-document.ts";
import { ENVELOPE_FIELDS, REQUIRED_FIELDS } from "../../src/types/envelope-schema.ts";
import { jsonSchemaDocument } from "../../src/types/json-schema-document.ts";

const LOCK: Lock = {
  tasks: {
    send_email: {
      queue: "mail",
      signature: "pair?,to",
      params: {
        type: "object",
        properties: {
          pair: { type: "array", prefixItems: [{ type: "string" }], items: { type: "number" }, minItems: 1 },
          to: { type: "string", format: "email" },
        },
        required: ["to"],
        additionalProperties: false,
      },
    },
    "shop.tick": {
      queue: "mail.fifo",
      signature: "",
      params: { type: "object", additionalProperties: false },
    },
  },
  schedules: {},
  accepted: {},
};

const ENVELOPE = {
  v: 1,
  task: "send_email",
  params: { to: "a@example.com", pair: ["x", 1] },
  id: "0199f2c4-7d0e-7b6a-9a51-1f0c2d3e4f50",
  sig: "pair?,to",
  enqueuedAt: "2026-11-21T22:40:00.000Z",
};

type Document = { readonly [keyword: string]: unknown };

/** What tools of other languages do with the document. */
function validatorOf(document: Json, draft: typeof Ajv | typeof Ajv2020 = Ajv2020) {
  return addFormats.default(new draft({ strict: false, logger: false })).compile(document as Document);
}

describe("JSON Schema of a lock", () => {
  const accepts = validatorOf(jsonSchemaDocument(LOCK));

  it("describes a message with the parameters of its task", () => {
    expect(accepts(ENVELOPE)).toBe(true);
    expect(accepts({ ...ENVELOPE, task: "shop.tick", params: {} })).toBe(true);
    expect(accepts({ ...ENVELOPE, params: { to: "a@example.com", cc: "b@example.com" } })).toBe(false);
    expect(accepts({ ...ENVELOPE, params: { to: 7 } })).toBe(false);
    expect(accepts({ ...ENVELOPE, task: "shop.tick" })).toBe(false);
    expect(accepts({ ...ENVELOPE, task: "unknown" })).toBe(false);
  });

  it("has the parameters of each task by its name", () => {
    const { $defs } = jsonSchemaDocument(LOCK) as { $defs: Record<string, Json> };
    expect(Object.keys($defs)).toEqual(["send_email", "shop.tick"]);
    expect(validatorOf($defs.send_email as Json)({ to: "a@example.com" })).toBe(true);
    expect(validatorOf($defs.send_email as Json)({ to: "a@example.com", pair: [1] })).toBe(false);
  });
});

describe("the fields of an envelope for other languages", () => {
  const document = { type: "object", properties: ENVELOPE_FIELDS, required: REQUIRED_FIELDS };
  const accepts = validatorOf(document as unknown as Json);
  const decodes = (fields: object) => {
    try {
      return decodeEnvelope(JSON.stringify(fields)) !== undefined;
    } catch {
      return false;
    }
  };

  it.each<[field: string, right: unknown, wrong: readonly unknown[]]>([
    ["v", 1, [0, "1", null]],
    ["sig", "", [7, null]],
    ["enqueuedAt", "2026-01-31T12:00:00.000Z", ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000+00:00", 0]],
    ["maxAttempts", 3, [0, 1.5, "3"]],
    ["taskVersion", 2, [0, 1.5, "2", null]],
    ["notBefore", "2026-01-31T12:00:00.000Z", ["2026-01-31", 1]],
    ["expiresAt", "2026-01-31T12:00:00.000Z", ["2026-13-31T12:00:00.000Z", null]],
    ["domain", "eu", ["", 1]],
    ["tags", ["customer:7"], [[""], "customer:7"]],
    ["headers", { traceparent: "00-1" }, [{ n: 1 }, []]],
  ])("are read by core as they are described: %s", (field, right, wrong) => {
    for (const [value, isRight] of [[right, true], ...wrong.map((value) => [value, false])]) {
      const fields = { ...ENVELOPE, [field as string]: value };
      expect([field, value, accepts(fields), decodes(fields)]).toEqual([field, value, isRight, isRight]);
    }
  });

  it("are all listed above, and each required one is required by core", () => {
    for (const field of REQUIRED_FIELDS) {
      const { [field]: _, ...others } = ENVELOPE;
      expect([field, accepts(others), decodes(others)]).toEqual([field, false, false]);
    }
  });

  it("describe what core has written in each release", () => {
    const golden = new URL("../../../core/src/envelope/golden/", import.meta.url);
    const texts = readdirSync(golden).map((file) => readFileSync(new URL(file, golden), "utf8"));
    for (const text of texts) expect([text, accepts(JSON.parse(text))]).toEqual([text, true]);
  });
});

describe("AsyncAPI of a lock", () => {
  it("is valid, with a channel for each queue and a message for each task", () => {
    const document = asyncapiDocument(LOCK, { prefix: "acme-", broker: "sqs" });
    const validate = validatorOf(specifications.schemasWithoutId["3.0.0"] as Json, Ajv);
    expect([validate(document), validate.errors]).toEqual([true, null]);
    expect(document).toMatchObject({
      channels: {
        mail: {
          address: "acme-mail",
          messages: { send_email: { $ref: "#/components/messages/send_email" } },
          bindings: { sqs: { queue: { name: "acme-mail", fifoQueue: false } } },
        },
        "mail.fifo": { bindings: { sqs: { queue: { name: "acme-mail.fifo", fifoQueue: true } } } },
      },
    });
    expect(validate({ ...(document as object), channels: { mail: { address: 7 } } })).toBe(false);
  });

  it("has no binding where the broker is not known, and another version for other tasks", () => {
    const { channels, info } = asyncapiDocument(LOCK, { prefix: "" }) as Record<string, Document>;
    expect(channels?.mail).not.toHaveProperty("bindings");
    const { info: other } = asyncapiDocument({ ...LOCK, tasks: {} }, { prefix: "" }) as Record<
      string,
      Document
    >;
    expect(other?.version).not.toBe(info?.version);
  });

  it("has payloads in draft-07, which accept the same", () => {
    const { components } = asyncapiDocument(LOCK, { prefix: "" }) as Record<string, Document>;
    const payload = { $ref: "#/components/messages/send_email/payload" };
    const accepts = validatorOf({ ...payload, components } as unknown as Json, Ajv);
    expect(accepts(ENVELOPE)).toBe(true);
    expect(accepts({ ...ENVELOPE, params: { to: "a@example.com", pair: [1] } })).toBe(false);
    expect(accepts({ ...ENVELOPE, params: { to: "a@example.com", pair: ["x", "y"] } })).toBe(false);
    expect(accepts({ ...ENVELOPE, params: { to: "a@example.com", cc: 1 } })).toBe(false);
  });
});
