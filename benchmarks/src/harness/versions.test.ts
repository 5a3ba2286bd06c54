import { expect, it } from "vitest";
import { notedVersions, notePackages, noteVersion } from "./versions.ts";

it("names the versions of installed packages, also of those that do not export their package.json", () => {
  noteVersion("a server", "7.0.15");
  notePackages(["fastq", "bullmq", "bee-queue"]);
  const versions = notedVersions();
  expect(Object.keys(versions)).toEqual(["a server", "bee-queue", "bullmq", "fastq"]);
  expect(versions.bullmq).toMatch(/^\d+\.\d+\.\d+/);
  expect(() => notePackages(["no-such-peer"])).toThrow("no-such-peer");
});
