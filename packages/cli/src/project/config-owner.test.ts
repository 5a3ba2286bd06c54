import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findConfigFile } from "./find-config-file.ts";

let folder = "";
let file = "";
const sudo = process.env.SUDO_UID;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jobs-owner-"));
  file = join(folder, "jobs.config.json");
  writeFileSync(file, "{}", { mode: 0o644 });
  delete process.env.SUDO_UID;
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  if (sudo !== undefined) process.env.SUDO_UID = sudo;
});

const ANOTHER = 12_345;

function refused(reason: RegExp): void {
  let error: unknown;
  try {
    findConfigFile({ cwd: folder });
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({
    code: "invalid_config",
    message: expect.stringMatching(reason),
    hint: expect.stringContaining("--config"),
  });
}

describe.runIf(process.platform !== "win32")("a configuration that others could have written [F64]", () => {
  it("is found where it is this user's", () => {
    expect(findConfigFile({ cwd: folder })).toBe(file);
  });

  it("is refused where everybody may write it, or its folder", () => {
    chmodSync(file, 0o666);
    refused(/jobs\.config\.json is not read: everybody may write the file/);
    chmodSync(file, 0o644);
    chmodSync(folder, 0o777);
    refused(/everybody may write its folder/);
  });

  it.each([
    ["ts", "run"],
    ["mjs", "run"],
    ["yml", "read"],
    ["yaml", "read"],
    ["toml", "read"],
    ["ini", "read"],
  ])("jobs.config.%s is said to be not %s", (extension, done) => {
    rmSync(file);
    const other = join(folder, `jobs.config.${extension}`);
    writeFileSync(other, "");
    chmodSync(other, 0o666);
    refused(new RegExp(`jobs\\.config\\.${extension} is not ${done}: `));
  });

  it("is found in a folder such as /tmp, where nobody can replace the files of others", () => {
    chmodSync(folder, 0o1777);
    expect(findConfigFile({ cwd: folder })).toBe(file);
  });

  it("is refused from a subfolder too", () => {
    chmodSync(folder, 0o777);
    mkdirSync(join(folder, "sub"));
    expect(() => findConfigFile({ cwd: join(folder, "sub") })).toThrow(/everybody may write its folder/);
  });

  it("is found when it is named: who names it has looked at it", () => {
    chmodSync(folder, 0o777);
    expect(findConfigFile({ cwd: folder, named: "jobs.config.json" })).toBe(file);
  });

  describe.runIf(process.geteuid?.() === 0)("and root", () => {
    it("is refused where file, folder or link belong to another user", () => {
      chownSync(file, ANOTHER, ANOTHER);
      refused(/the file belongs to another user \(12345\)/);
      chownSync(file, 0, 0);
      chownSync(folder, ANOTHER, ANOTHER);
      refused(/its folder belongs to another user/);
      chownSync(folder, 0, 0);
      rmSync(file);
      symlinkSync("/etc/hostname", file);
      lchownSync(file, ANOTHER, ANOTHER);
      refused(/the link belongs to another user/);
    });

    it("is found where it belongs to the user behind sudo", () => {
      chownSync(file, ANOTHER, ANOTHER);
      process.env.SUDO_UID = String(ANOTHER);
      expect(findConfigFile({ cwd: folder })).toBe(file);
    });
  });
});
