import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

it("the set-up refuses to install anything that the lockfile does not say [E14]", () => {
  const checkout = mkdtempSync(join(tmpdir(), "jobs-setup-"));
  onTestFinished(() => rmSync(checkout, { recursive: true, force: true }));
  mkdirSync(join(checkout, "scripts"));
  cpSync(join(root, "scripts/setup.mjs"), join(checkout, "scripts/setup.mjs"));
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const manifest = { name: "drifted", private: true, packageManager, dependencies: { zod: "^4.0.0" } };
  writeFileSync(join(checkout, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(checkout, "pnpm-workspace.yaml"), "packages: []\nmanagePackageManagerVersions: false\n");
  writeFileSync(join(checkout, "pnpm-lock.yaml"), "lockfileVersion: '9.0'\nimporters:\n  .: {}\n");
  // `npm test` passes npm's settings on to children, and one of them is a path inside this repository.
  const { npm_config_script_shell: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/setup.mjs"], {
    cwd: checkout,
    env,
    encoding: "utf8",
  });
  expect(status).not.toBe(0);
  expect(stdout + stderr).toContain("ERR_PNPM_OUTDATED_LOCKFILE");
});
