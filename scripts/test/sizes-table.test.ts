import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { installedWith } from "../publish/installed-size.mjs";
import { renewSizes } from "../publish/sizes-table.mjs";

const page = (table: string) => `# Sizes\n<!-- sizes: npm run sizes -->\n${table}<!-- end of sizes -->\n`;
const row = (kb: string, count: number) => `| \`p\` | ${kb} kB | ${count} |\n`;

it("a table of sizes is written anew when a figure is off by more than a tenth, or a row is new", () => {
  const written = page(row("1,000", 10));
  expect(renewSizes(written, row("1,090", 10))).toBe(written);
  expect(renewSizes(written, row("1,110", 10))).toBe(page(row("1,110", 10)));
  expect(renewSizes(written, row("1,000", 12))).toBe(page(row("1,000", 12)));
  expect(renewSizes(written, row("1,000", 10).repeat(2))).toBe(page(row("1,000", 10).repeat(2)));
});

it("a package is measured with its dependencies and peers, each once, without what is optional", () => {
  const folder = mkdtempSync(join(tmpdir(), "jobs-sizes-"));
  const add = (path: string, manifest: object, bytes: number) => {
    mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, path, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(folder, path, "index.js"), "x".repeat(bytes));
  };
  try {
    add("core/node_modules/dep", { version: "1.0.0", dependencies: { both: "1" } }, 1_000);
    add("core/node_modules/dep/node_modules/both", { version: "1.0.0", dependencies: { dep: "1" } }, 200);
    add("core/node_modules/peer", { version: "2.0.0" }, 30);
    add("core/node_modules/spare", { version: "1.0.0" }, 90_000);
    const manifest = {
      version: "3.0.0",
      dependencies: { dep: "1", system: "1" },
      optionalDependencies: { system: "1" },
      peerDependencies: { peer: "2", spare: "1" },
      peerDependenciesMeta: { spare: { optional: true } },
    };
    const core = { name: "@jobs/core", manifest, files: new Map(), unpackedBytes: 7, packedBytes: 1 };
    const { packages, bytes } = installedWith(
      ["@jobs/core"],
      [{ ...core, tarball: new Uint8Array() }],
      folder,
    );
    expect([...packages.keys()]).toEqual(["@jobs/core@3.0.0", "dep@1.0.0", "both@1.0.0", "peer@2.0.0"]);
    expect(packages.get("@jobs/core@3.0.0")).toBe(7);
    expect(bytes).toBeGreaterThan(1_237);
    expect(bytes).toBeLessThan(1_600);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
