import { describe, expect, it } from "vitest";
import { optionsOfUrl } from "./adapter.ts";

describe("optionsOfUrl", () => {
  it.each([
    ["sqs://", {}],
    ["sqs://eu-west-1", { region: "eu-west-1" }],
    ["sqs://us-gov-west-1/123456789012", { region: "us-gov-west-1", accountId: "123456789012" }],
    ["https://sqs.eu-west-1.amazonaws.com", { region: "eu-west-1" }],
    ["http://localhost:4566/", { endpoint: "http://localhost:4566" }],
  ])("reads %s", (url, options) => {
    expect(optionsOfUrl(url)).toEqual(options);
  });

  it.each([
    "sqs://eu-west-1/queue",
    "sqs://127.0.0.1:4566",
    "https://key:s3cret@sqs.eu-west-1.amazonaws.com",
  ])("refuses %s without quoting what may be secret", (url) => {
    expect(() => optionsOfUrl(url)).toThrow(
      expect.objectContaining({
        code: "invalid_config",
        hint: "Write sqs://eu-west-1, or the address of an endpoint of your own; the AWS SDK finds the credentials.",
      }),
    );
    expect(() => optionsOfUrl(url)).not.toThrow(/s3cret/);
  });
});
