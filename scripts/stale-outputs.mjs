// The compiler leaves what it wrote for a source that is gone or has another name. It would be published.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../packages", import.meta.url));

/** Written by bundlers, not by the compiler. */
const BUNDLES = /^bundle(?:[\\/]|(?:-\w+)?\.js)/;

/** Removes the outputs of packages that have no source any more. */
export function removeStaleOutputs() {
  for (const name of readdirSync(packages)) {
    const dist = `${packages}/${name}/dist`;
    if (!existsSync(dist)) continue;
    for (const path of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
      const source = /^(?<stem>.+?)\.(?:d\.ts|js)(?:\.map)?$/.exec(path)?.groups?.stem;
      if (source === undefined || BUNDLES.test(path)) continue;
      if (!existsSync(`${packages}/${name}/src/${source}.ts`)) rmSync(`${dist}/${path}`);
    }
  }
}
