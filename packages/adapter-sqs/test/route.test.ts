import { expect, it } from "vitest";
import { readRoute } from "../src/direct/http-request.ts";
import { preparedRequest } from "./prepared-request.ts";

it.each([
  [{}, "sqs.eu-west-1.amazonaws.com"],
  [{ useFipsEndpoint: true, region: "us-west-2" }, "sqs-fips.us-west-2.amazonaws.com"],
  [{ useDualstackEndpoint: true }, "sqs.eu-west-1.api.aws"],
  [{ region: "cn-north-1" }, "sqs.cn-north-1.amazonaws.com.cn"],
])("the way to AWS is the SDK's: %j", async (config, host) => {
  const { region = "eu-west-1" } = config as { readonly region?: string };
  expect(readRoute(await preparedRequest(config))).toMatchObject({
    isSecure: true,
    hostname: host,
    host,
    path: "/",
    region,
    userAgent: expect.stringContaining("aws-sdk-js"),
  });
});

it.each([
  ["http://localhost:4566", { hostname: "localhost", port: 4566, host: "localhost:4566", path: "/" }],
  ["https://sqs.example.com", { isSecure: true, port: undefined, host: "sqs.example.com" }],
  ["http://[::1]:9324", { hostname: "::1", port: 9324, host: "[::1]:9324" }],
  ["http://gate/sqs/", { hostname: "gate", path: "/sqs/" }],
])("the way to an endpoint of one's own: %s [W29]", async (endpoint, route) => {
  expect(readRoute(await preparedRequest({ endpoint }))).toMatchObject(route);
});

it("a request that others could not send in its place shows no way", async () => {
  const request = await preparedRequest({});
  const { authorization = "", ...unsigned } = request.headers;
  const signedFor = (text: string) => ({ ...request, headers: { ...unsigned, authorization: text } });
  expect(readRoute(signedFor(authorization))).toBeDefined();
  for (const other of [
    signedFor("Bearer token"),
    signedFor(authorization.replace("HMAC-SHA256", "ECDSA-P256-SHA256")),
    signedFor(authorization.replace("/sqs/", "/sns/")),
    { ...request, query: { shard: "1" } },
    { ...request, username: "me" },
    { ...request, method: "GET" },
  ])
    expect(readRoute(other)).toBeUndefined();
});
