// Writes the generated parts of the documentation. With --check it only lists those that are out of date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { ROOT } from "./docs/dist-module.mjs";
import { currentPages } from "./docs/pages.mjs";

const isCheck = process.argv.includes("--check");

for (const [path, text] of await currentPages()) {
  const file = `${ROOT}${path}`;
  if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
  if (isCheck) {
    process.exitCode = 1;
    console.log(`${path} is out of date: npm run docs writes it anew.`);
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  }
}
