// Packs every package as the release does, and checks the archives. `--keep` leaves the archives in .tmp/packs.
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { complaintsAbout } from "./publish/archive-rules.mjs";
import { PACKS, packAll } from "./publish/archives.mjs";

const license = readFileSync(fileURLToPath(new URL("../LICENSE", import.meta.url)), "utf8");

const archives = packAll();
const linted = await Promise.all(archives.map(lint));
const complaints = [...linted.flat(), ...archives.flatMap((archive) => complaintsAbout(archive, license))];
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
