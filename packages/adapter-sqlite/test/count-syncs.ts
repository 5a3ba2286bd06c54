import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { onTestFinished, vi } from "vitest";

/** The disk refuses the next wait of this process. */
export function refuseNextSync(): void {
  const call = vi.spyOn(fs, "fdatasyncSync").mockImplementationOnce(() => {
    throw Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
  });
  syncBuiltinESMExports();
  onTestFinished(() => {
    call.mockRestore();
    syncBuiltinESMExports();
  });
}

/** Counts how often this process waits for a disk; it really waits. */
export function countSyncs(): () => number {
  const calls = [vi.spyOn(fs, "fdatasyncSync"), vi.spyOn(fs, "fdatasync")] as const;
  syncBuiltinESMExports();
  onTestFinished(() => {
    for (const call of calls) call.mockRestore();
    syncBuiltinESMExports();
  });
  return () => calls[0].mock.calls.length + calls[1].mock.calls.length;
}
