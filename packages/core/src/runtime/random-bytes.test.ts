import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { fillRandom } from "./random-bytes.ts";

/** Filled twice. The chance of the same 32 bytes is none. */
function filledTwice(device?: string): readonly Uint8Array[] {
  return [0, 1].map(() => {
    const bytes = new Uint8Array(32);
    fillRandom(bytes, device);
    return bytes;
  });
}

it("fills bytes from the system's device, or without one", () => {
  for (const device of [undefined, "/dev/there-is-none"]) {
    const [one, other] = filledTwice(device);
    expect(one).not.toEqual(other);
    expect(one).not.toEqual(new Uint8Array(32));
  }
});

it("takes nothing from a plain file, or from a device that ends", () => {
  const folder = mkdtempSync(join(import.meta.dirname, "random-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "urandom");
  writeFileSync(file, new Uint8Array(64));
  for (const device of [file, "/dev/null"]) {
    const [one, other] = filledTwice(device);
    expect(one).not.toEqual(other);
    expect(one).not.toEqual(new Uint8Array(32));
  }
});
