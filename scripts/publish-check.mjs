// Packs every package as the release does, and checks the archives. `--keep` leaves the archives in .tmp/packs;
// `--write` writes the table of sizes anew.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { complaintsAbout } from "./publish/archive-rules.mjs";
import { PACKS, packAll } from "./publish/archives.mjs";
import { measureSizes, renewSizes, SIZES_PAGE } from "./publish/sizes-table.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const license = readFileSync(`${root}LICENSE`, "utf8");

const archives = packAll();
const linted = await Promise.all(archives.map(lint));
const sizes = measureSizes(archives, `${root}packages`);
const complaints = [
  ...linted.flat(),
  ...archives.flatMap((archive) => complaintsAbout(archive, license)),
  ...sizes.complaints,
  ...writeSizes(sizes.table),
];
for (const complaint of complaints) console.log(complaint);
process.exitCode = complaints.length === 0 ? 0 : 1;
if (!process.argv.includes("--keep")) rmSync(PACKS, { recursive: true });

/** @param {import("./publish/archives.mjs").Archive} archive */
async function lint({ name, tarball: { buffer, byteOffset, byteLength } }) {
  const tarball = /** @type {ArrayBuffer} */ (buffer.slice(byteOffset, byteOffset + byteLength));
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  return messages.map(
    (message) => `${name}: ${formatMessage(message, pkg, { color: false }) ?? message.code}`,
  );
}

/** @param {string} table */
function writeSizes(table) {
  const file = `${root}${SIZES_PAGE}`;
  const page = readFileSync(file, "utf8");
  const renewed = renewSizes(page, table);
  if (renewed === page) return [];
  if (!process.argv.includes("--write"))
    return [`${SIZES_PAGE}: the sizes are others now; npm run sizes writes them.`];
  writeFileSync(file, renewed);
  return [];
}
