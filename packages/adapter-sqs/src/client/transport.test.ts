import { afterEach, expect, it, vi } from "vitest";
import { chooseTransport } from "./client-options.ts";

afterEach(() => vi.unstubAllEnvs());

it("requests go directly where a client only says where and who", () => {
  expect(chooseTransport(undefined)).toBe("direct");
  const credentials = { accessKeyId: "AKIA", secretAccessKey: "not-a-secret" };
  expect(chooseTransport(undefined, { region: "eu-west-1", credentials, useFipsEndpoint: true })).toBe(
    "direct",
  );
  expect(chooseTransport(undefined, { requestHandler: undefined } as object)).toBe("direct");
  expect(chooseTransport("sdk")).toBe("sdk");
});

it.each([
  [{ requestHandler: { httpsAgent: {} } }, "client.requestHandler"],
  [{ extensions: [] }, "client.extensions"],
  [{ logger: console }, "client.logger"],
  [{ retryMode: "adaptive" }, "client.retryMode"],
  [{ useQueueUrlAsEndpoint: true }, "client.useQueueUrlAsEndpoint"],
  [{ endpoint: async () => "http://localhost" }, "client.endpoint, which is a function"],
  [{ tomorrow: 1 }, "client.tomorrow"],
])("they go through the SDK where more is said: %j", (client, obstacle) => {
  expect(chooseTransport(undefined, client as object)).toBe("sdk");
  expect(() => chooseTransport("direct", client as object)).toThrow(
    `sqs: the transport direct cannot be used because of ${obstacle}.`,
  );
});

it("they go through the SDK in AWS Lambda, which counts functions that call each other by its marks", () => {
  vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "resize");
  expect(chooseTransport(undefined)).toBe("sdk");
  expect(() => chooseTransport("direct")).toThrow("AWS_LAMBDA_FUNCTION_NAME");
});
