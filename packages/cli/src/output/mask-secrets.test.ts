import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { maskKnown, maskText, maskUrl, maskUrls, rememberSecrets } from "./mask-secrets.ts";

describe("maskUrl [F62]", () => {
  it.each([
    ["redis://user:s3cret@host:6379/0", "redis://***@host:6379/0"],
    ["rediss://:s3cret@host", "rediss://***@host"],
    ["redis://user:s3/cr@et@host:6379/0", "redis://***@host:6379/0"],
    ["redis://host?password=s3cret&x=1", "redis://host?password=***&x=***"],
    ["redis://user:s3cret@host?password=s3cret", "redis://***@host?password=***"],
    ["REDIS://user:s3cret@host", "REDIS://***@host"],
    ["redis://host:6379/0", "redis://host:6379/0"],
    ["sqlite:./x.db", "sqlite:./x.db"],
    ["sqlite:./a@b/x.db", "sqlite:./a@b/x.db"],
    ["user:s3cret@host:6379", "***@host:6379"],
    [":s3cret@host:6379", "***@host:6379"],
    ["s3cret@host", "***@host"],
    ["redis:user:s3cret@host", "***@host"],
    ["//user:s3cret@host", "***@host"],
    ["host=h password=s3cret user=u", "host=*** password=*** user=***"],
    ["Server=h;Password=s3cret;", "Server=***;Password=***;"],
    ["redis://u:s3\ncret@host", "redis://***@host"],
    ["main", "main"],
  ])("%s", (url, shown) => {
    expect(maskUrl(url)).toBe(shown);
  });
});

describe("maskText [F62]", () => {
  it.each([
    ["v1 of https://ci:s3cret@ci.example/7", "v1 of https://***@ci.example/7"],
    ["ghp_0123456789abcdefABCDEF0123456789abcd", "***"],
    ["build AKIAIOSFODNN7EXAMPLE of main", "build *** of main"],
    ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "***"],
    ["sk-proj-0123456789abcdef", "***"],
    ["v1 (password: hunter22)", "v1 (password: ***)"],
    ["v1;my_api_key=abc;x=1", "v1;my_api_key=***;x=1"],
  ])("hides what shows itself as a secret: %s", (text, shown) => {
    expect(maskText(text)).toBe(shown);
  });

  it.each([
    "1.2.3",
    "2026-11-29T12:00Z",
    "v1.2.3-4-gdeadbeef",
    "e83c5163316f89bfbde7d9ab23ca2e25604af290",
    "sk-1",
    "acme-",
  ])("leaves %s", (text) => {
    expect(maskText(text)).toBe(text);
  });
});

describe("maskUrls [F62]", () => {
  it("masks addresses without a scheme, and leaves file names, times and mail addresses", () => {
    expect(maskUrls('no answer from user:s3cret@host:6379, "u:s3@cret@h"')).toBe(
      'no answer from ***@host:6379, "***@h"',
    );
    const plain = "at 10:30:00 a@b.c /node_modules/@jobs/core/x.js:12:3 (see ./@x/y.ts:1)";
    expect(maskUrls(plain)).toBe(plain);
  });

  it("masks the password in a driver's command that was refused", () => {
    const error = Object.assign(new Error("WRONGPASS"), {
      command: { name: "auth", args: ["user", "s3cret"] },
    });
    expect(maskUrls(inspect(error))).not.toContain("s3cret");
  });

  it("masks each URL of a text and leaves the rest", () => {
    const text =
      'cannot reach "redis://u:s3cret@a:1" nor rediss://:s3cret@b/2, see https://example.org/help#x.';
    expect(maskUrls(text)).toBe(
      'cannot reach "redis://***@a:1" nor rediss://***@b/2, see https://example.org/help#x.',
    );
  });
});

describe("secrets that are known [F62]", () => {
  it.each([
    ["an address", "redis://u:kn0wn-1@h", "kn0wn-1"],
    ["an address without a scheme", "u:kn0wn-2@h:1", "kn0wn-2"],
    ["a query", "redis://h?password=kn0wn-3&db=0", "kn0wn-3"],
    ["a name of a secret", { connection: { sentinelPassword: "kn0wn-4" } }, "kn0wn-4"],
    ["credentials", { client: { credentials: { accessKeyId: "kn0wn-5" } } }, "kn0wn-5"],
    ["a header", { headers: { Authorization: "Bearer kn0wn-6" } }, "Bearer kn0wn-6"],
    ["a variable", { RESULT_DB_PASS: "kn0wn-7", AWS_SECRET_ACCESS_KEY: "x" }, "kn0wn-7"],
    ["an escaped password", "redis://u:kn0wn%2F8@h", "kn0wn/8"],
  ])("of %s are masked wherever they stand", (_, value, secret) => {
    rememberSecrets(value);
    expect(maskKnown(`<${secret}> ${JSON.stringify(secret)}`)).not.toContain(secret.slice(-7));
  });

  it.each(["PWD", "OLDPWD", "HOME", "PATH", "SHELL", "TMPDIR", "TEMP", "TMP", "INIT_CWD", "TOKEN_FILE"])(
    "are not the place that %s names",
    (name) => {
      const place = `/home/ada:x@y?in=${name}-folder/project`;
      rememberSecrets({ [name]: place, DB_PWD: `pwd-of-${name}` });
      expect(maskKnown(`${place} ${name}-folder pwd-of-${name}`)).toBe(`${place} ${name}-folder ***`);
    },
  );

  it("are no lists of folders, whatever their variable is called", () => {
    rememberSecrets({ NODE_EXTRA: "/usr/lib:/home/ada@work/lib" });
    expect(maskKnown("/home/ada@work/lib")).toBe("/home/ada@work/lib");
  });

  it("are no words that parameters of a URL take, which hints name again", () => {
    rememberSecrets([
      "redis://h?engine=bullmq",
      "postgres://h/db?sslmode=require&pooler=transaction&key=kn0wn-9",
    ]);
    expect(maskKnown("bullmq, require, transaction, kn0wn-9")).toBe("bullmq, require, transaction, ***");
  });

  it("are no short words, names of kinds or paths", () => {
    rememberSecrets({ password: "jobs", broker: "sqlite", app: "./app.ts", file: "x.db" });
    expect(maskKnown("jobs sqlite ./app.ts x.db")).toBe("jobs sqlite ./app.ts x.db");
  });
});
