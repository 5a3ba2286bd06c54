import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { hasPostgres } from "@jobs/test-servers";
import { describe, expect, it, onTestFinished } from "vitest";
import { openShop } from "./postgres-shop.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const call = promisify(execFile);

/**
 * Prisma takes this program for the engine that migrates tables, and so does not download one. `prisma generate` does
 * not call it.
 */
const NO_ENGINE = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: "1" };

/** The project in a folder of its own, with our packages as they are published and the real Prisma, compiled. */
async function buildProject(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "jobs-prisma-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(fileURLToPath(new URL("../prisma", import.meta.url)), folder, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  for (const name of ["core", "adapter-postgres"]) {
    const pack = ["-y", packageManager, "pack", "--out", join(folder, `${name}.tgz`)];
    await call("npx", pack, { cwd: join(ROOT, "packages", name) });
    manifest.dependencies[`@jobs/${name}`] = `file:${name}.tgz`;
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  const env = { ...process.env, ...NO_ENGINE };
  await call("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: folder, env });
  await call("npm", ["run", "build"], { cwd: folder, env });
  return folder;
}

const isWanted = process.env.JOBS_TEST_PRISMA === "1" && (await hasPostgres());

describe.runIf(isWanted)("one transaction on Postgres: Prisma", () => {
  it("orders, jobs and ends of jobs are one, and what is no transaction is refused", {
    timeout: 600_000,
  }, async () => {
    await using shop = await openShop();
    const folder = await buildProject();
    const args = ["dist/check.js", shop.url, shop.schema, shop.jobsSchema];
    const { stdout } = await call(process.execPath, args, { cwd: folder });
    const seen = JSON.parse(stdout);
    expect(seen).toMatchObject({
      orders: [1, 3],
      payments: [1],
      worker: { succeeded: 4, retried: 0, dead: 1 },
      result: { status: "succeeded", value: { paid: 1 } },
    });
    expect(seen.sent.toSorted()).toEqual([1, 1, 3]);
    const { rolledBack, twice, refused, failed, ended, root } = seen.failures;
    expect(rolledBack).toContain("no card");
    expect(twice).toBe(true);
    expect(refused).toEqual(["broker_unavailable", expect.stringContaining("P0001"), "refused"]);
    expect(failed).toEqual([
      "invalid_config",
      expect.stringContaining("has failed already"),
      expect.anything(),
    ]);
    expect(ended).toEqual(["invalid_config", expect.stringContaining("has ended"), expect.anything()]);
    expect(root).toEqual(["invalid_config", expect.stringContaining("is a client of Prisma"), ""]);
  });
});
