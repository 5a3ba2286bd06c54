import { afterEach, expect, it, vi } from "vitest";
import { sqs } from "../sqs.ts";
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

it.each(["connectionTimeout", "requestTimeout", "socketTimeout", "socketAcquisitionWarningTimeout"])(
  "refuses a %s that the SDK's timers cannot hold",
  (name) => {
    const open = (ms: unknown) => () => sqs({ client: { requestHandler: { [name]: ms } } });
    for (const ms of [0, 3_000, 2 ** 31 - 1, undefined]) expect(open(ms)).not.toThrow();
    for (const ms of [2 ** 31, 30 * 86_400_000, "5s", -1, Number.NaN]) {
      expect(open(ms)).toThrow(`sqs: client.requestHandler.${name} must be a whole number of ms from 0`);
    }
  },
);

it("leaves a handler alone that is made already", () => {
  const requestHandler = { handle: async () => {}, requestTimeout: "its own" };
  expect(() => sqs({ client: { requestHandler } as never })).not.toThrow();
});
