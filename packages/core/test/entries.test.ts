import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };

const source = fileURLToPath(new URL("../src", import.meta.url));
const entries = ["index.ts", ...readdirSync(`${source}/entries`).map((file) => `entries/${file}`)];

/** The names that one entry exports, types included; each is written out, so that adding one is a decision. */
function namesOf(entry: string): readonly string[] {
  const text = readFileSync(`${source}/${entry}`, "utf8");
  const lists = text.matchAll(/^export (?:type )?(?:\{([^}]*)\}|\* as (\w+)) from "[^"]+";$/gm);
  return [...lists].flatMap(([, list, namespace]) =>
    (list ?? namespace ?? "")
      .split(",")
      .map((name) => name.trim().replace(/^type /, ""))
      .filter((name) => name !== ""),
  );
}

describe("the entries of core", () => {
  it.each(entries)("%s writes out every name", (entry) => {
    const text = readFileSync(`${source}/${entry}`, "utf8");
    expect(text).not.toMatch(/^export \* from/m);
    expect(namesOf(entry).length).toBeGreaterThan(0);
  });

  it("export no name twice", () => {
    const all = entries.flatMap((entry) => namesOf(entry));
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  });

  it("the first has what an application needs: at most 75 names", () => {
    expect(namesOf("index.ts").length).toBeLessThanOrEqual(75);
  });

  it("are all published", () => {
    const sources = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === "string" ? [] : [entry["@jobs/source"].replace("./src/", "")],
    );
    expect(sources.sort()).toEqual([...entries].sort());
  });
});
