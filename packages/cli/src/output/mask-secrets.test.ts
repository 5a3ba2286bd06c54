import { describe, expect, it } from "vitest";
import { maskUrl, maskUrls } from "./mask-secrets.ts";

describe("F62: maskUrl", () => {
  it.each([
    ["redis://user:s3cret@host:6379/0", "redis://***@host:6379/0"],
    ["rediss://:s3cret@host", "rediss://***@host"],
    ["redis://user:s3/cr@et@host:6379/0", "redis://***@host:6379/0"],
    ["redis://host?password=s3cret&x=1", "redis://host?password=***&x=***"],
    ["redis://user:s3cret@host?password=s3cret", "redis://***@host?password=***"],
    ["REDIS://user:s3cret@host", "REDIS://***@host"],
    ["redis://host:6379/0", "redis://host:6379/0"],
    ["sqlite:./x.db", "sqlite:./x.db"],
  ])("%s", (url, shown) => {
    expect(maskUrl(url)).toBe(shown);
  });
});

describe("F62: maskUrls", () => {
  it("masks each URL of a text and leaves the rest", () => {
    const text =
      'cannot reach "redis://u:s3cret@a:1" nor rediss://:s3cret@b/2, see https://example.org/help#x.';
    expect(maskUrls(text)).toBe(
      'cannot reach "redis://***@a:1" nor rediss://***@b/2, see https://example.org/help#x.',
    );
  });
});
