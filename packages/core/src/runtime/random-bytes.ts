import { randomFillSync } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** The generator of the kernel, on Linux, macOS and the BSDs. */
const DEVICE = "/dev/urandom";

/**
 * Fills bytes from the system's generator. It is read as a device where there is one, since Node's `crypto` and the
 * streams that it loads take longer than all else that one enqueue does in core. Elsewhere `crypto` asks for them.
 */
export function fillRandom(bytes: Uint8Array, device: string = DEVICE): void {
  if (!readDevice(device, bytes)) randomFillSync(bytes);
}

/** Whether the device has filled all of them. A file in its place would give the same bytes to each process. */
function readDevice(path: string, bytes: Uint8Array): boolean {
  try {
    const device = openSync(path, "r");
    try {
      return fstatSync(device).isCharacterDevice() && readSync(device, bytes) === bytes.length;
    } finally {
      closeSync(device);
    }
  } catch {
    return false;
  }
}
