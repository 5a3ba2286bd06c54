import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRoute } from "../src/direct/http-request.ts";
import { Signer } from "../src/direct/signature.ts";
import { preparedRequest } from "./prepared-request.ts";

/** Of AWS's own test suite for Signature Version 4. */
const SUITE = {
  identity: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
  scope: { region: "us-east-1", service: "service" },
  nowMs: Date.UTC(2015, 7, 30, 12, 36),
  host: "example.amazonaws.com",
} as const;

interface Vector {
  readonly name: string;
  readonly signature: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const FORM = "application/x-www-form-urlencoded";

const VECTORS: readonly Vector[] = [
  { name: "post-vanilla", signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b" },
  {
    name: "post-header-key-sort",
    headers: { "my-header1": "value1" },
    signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
  },
  {
    name: "post-header-value-case",
    headers: { "my-header1": "VALUE1" },
    signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
  },
  {
    name: "post-x-www-form-urlencoded",
    headers: { "content-type": FORM },
    body: "Param1=value1",
    signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  },
  {
    name: "get-utf8",
    method: "GET",
    path: "/ሴ",
    signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
  },
  {
    name: "get-space",
    method: "GET",
    path: "/example space/",
    signature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
  },
  {
    name: "get-slashes",
    method: "GET",
    path: "//example//",
    signature: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
  },
  {
    name: "get-slash-pointless-dot",
    method: "GET",
    path: "/./example",
    signature: "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
  },
  {
    name: "get-relative-relative",
    method: "GET",
    path: "/example1/example2/../..",
    signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  },
];

describe("signs", () => {
  it.each(VECTORS)(
    "$name of AWS's test suite",
    ({ signature, method = "POST", path = "/", headers, body = "" }) => {
      const { identity, scope, nowMs, host } = SUITE;
      const signer = new Signer({ ...scope, method, path });
      const { authorization } = signer.sign({ headers: { host, ...headers }, body }, identity, nowMs);
      expect(authorization).toContain(`Signature=${signature}`);
    },
  );

  it("post-sts-header-before of AWS's test suite, where the credentials are lent", () => {
    const { identity, scope, nowMs, host } = SUITE;
    const sessionToken =
      "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
    const signer = new Signer({ ...scope, method: "POST", path: "/" });
    const signed = signer.sign({ headers: { host }, body: "" }, { ...identity, sessionToken }, nowMs);
    expect(signed["x-amz-security-token"]).toBe(sessionToken);
    expect(signed.authorization).toContain(
      "Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
    );
  });

  it("whatever the SDK would sign as the SDK does it", async () => {
    const text = fc.string({ unit: "grapheme", maxLength: 40 });
    const key = fc.string({ unit: fc.constantFrom(..."AbZ019/+="), minLength: 1, maxLength: 40 });
    const identities = fc.record(
      {
        accessKeyId: fc.string({ unit: fc.constantFrom(..."AKIZ059"), minLength: 1, maxLength: 20 }),
        secretAccessKey: key,
        sessionToken: key,
      },
      { requiredKeys: ["accessKeyId", "secretAccessKey"] },
    );
    const region = fc.constantFrom("eu-west-1", "us-gov-west-1", "cn-north-1");
    await fc.assert(
      fc.asyncProperty(identities, region, endpoints(), text, async (identity, region, endpoint, body) => {
        const own = endpoint === undefined ? {} : { endpoint };
        const sdk = await preparedRequest({ region, credentials: identity, ...own }, body);
        expect(signedAgain(sdk, identity)).toBe(sdk.headers.authorization);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it("by a new key when the day or the credentials change", () => {
    const { identity, scope, nowMs, host } = SUITE;
    const request = { headers: { host }, body: "" };
    const once = (by: typeof SUITE.identity, at: number) =>
      new Signer({ ...scope, method: "POST", path: "/" }).sign(request, by, at).authorization;
    const signer = new Signer({ ...scope, method: "POST", path: "/" });
    const other = { ...identity, secretAccessKey: "other" } as unknown as typeof identity;
    for (const at of [nowMs, nowMs + 1_000, nowMs + 86_400_000])
      for (const by of [identity, other, identity])
        expect(signer.sign(request, by, at).authorization).toBe(once(by, at));
  });
});

/** Any address that an endpoint may have; `undefined` is the region's own. */
function endpoints(): fc.Arbitrary<string | undefined> {
  const host = fc.constantFrom("localhost", "sqs.example.com", "127.0.0.1", "[::1]", "[2001:db8::7]");
  const port = fc.constantFrom("", ":80", ":443", ":4566");
  const path = fc.array(fc.constantFrom("", "base", "a b", "ä", "%41", "(x)", "it's*", "~u_n-r.", "..", "."));
  const address = fc
    .tuple(fc.constantFrom("http", "https"), host, port, path)
    .map(([protocol, name, port, parts]) => `${protocol}://${name}${port}/${parts.join("/")}`);
  return fc.option(address, { nil: undefined });
}

type SdkRequest = Awaited<ReturnType<typeof preparedRequest>>;
type Identity = Parameters<Signer["sign"]>[1];

function signedAgain(sdk: SdkRequest, identity: Identity): string | undefined {
  const route = readRoute(sdk);
  if (route === undefined) throw new Error("the SDK's own request shows no way");
  const { authorization = "", "x-amz-date": date = "" } = sdk.headers;
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";") ?? [];
  const headers = Object.fromEntries(
    names.filter((name) => !ADDED.includes(name)).map((name) => [name, sdk.headers[name] ?? ""]),
  );
  const signer = new Signer({ region: route.region, service: "sqs", method: "POST", path: route.path });
  const nowMs = Date.parse(date.replace(/(....)(..)(..)T(..)(..)(..)Z/, "$1-$2-$3T$4:$5:$6Z"));
  return signer.sign({ headers, body: new TextDecoder().decode(sdk.body) }, identity, nowMs).authorization;
}

/** What a signer itself adds. */
const ADDED = ["x-amz-date", "x-amz-security-token"];
