import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { ATTR_ERROR_TYPE } from "@opentelemetry/semantic-conventions";
import * as incubating from "@opentelemetry/semantic-conventions/incubating";
import { describe, expect, it } from "vitest";
import { ATTR, CREATE, PROCESS, SCHEMA_URL, SEND, SETTLE, systemOf } from "../src/conventions.ts";

/** The messaging conventions are still in development: this test fails when a name changes with a new version. */
describe("names of the conventions", () => {
  it("come from the version that the schema names", () => {
    const file = createRequire(import.meta.url).resolve("@opentelemetry/semantic-conventions");
    const manifest = file.replace(/(semantic-conventions\/).*$/, "$1package.json");
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string };
    expect(SCHEMA_URL).toBe(`https://opentelemetry.io/schemas/${version}`);
  });

  it("attributes", () => {
    expect(ATTR).toMatchObject({
      system: incubating.ATTR_MESSAGING_SYSTEM,
      operationName: incubating.ATTR_MESSAGING_OPERATION_NAME,
      operationType: incubating.ATTR_MESSAGING_OPERATION_TYPE,
      destination: incubating.ATTR_MESSAGING_DESTINATION_NAME,
      messageId: incubating.ATTR_MESSAGING_MESSAGE_ID,
      messageCount: incubating.ATTR_MESSAGING_BATCH_MESSAGE_COUNT,
      clientId: incubating.ATTR_MESSAGING_CLIENT_ID,
      errorType: ATTR_ERROR_TYPE,
    });
  });

  it("operation types and systems", () => {
    expect(CREATE.type).toBe(incubating.MESSAGING_OPERATION_TYPE_VALUE_CREATE);
    expect(SEND.type).toBe(incubating.MESSAGING_OPERATION_TYPE_VALUE_SEND);
    expect(PROCESS.type).toBe(incubating.MESSAGING_OPERATION_TYPE_VALUE_PROCESS);
    expect(SETTLE.ack.type).toBe(incubating.MESSAGING_OPERATION_TYPE_VALUE_SETTLE);
    expect(systemOf("sqs")).toBe(incubating.MESSAGING_SYSTEM_VALUE_AWS_SQS);
  });

  it("metrics", () => {
    const source = readFileSync(new URL("../src/job-metrics.ts", import.meta.url), "utf8");
    for (const name of [
      incubating.METRIC_MESSAGING_CLIENT_SENT_MESSAGES,
      incubating.METRIC_MESSAGING_CLIENT_CONSUMED_MESSAGES,
      incubating.METRIC_MESSAGING_CLIENT_OPERATION_DURATION,
      incubating.METRIC_MESSAGING_PROCESS_DURATION,
    ])
      expect(source).toContain(`"${name}"`);
  });
});
