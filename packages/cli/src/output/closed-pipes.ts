import { EXIT } from "./exit-codes.ts";

/**
 * What to do when the reader of stdout or stderr has gone (`jobs stats | head -1`), or what is written cannot be kept:
 * most commands have nothing left to say and end; a worker goes on, its jobs matter more than its words (F08).
 */
export function surviveClosedPipes(then: "end" | "go on"): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (then === "end") process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.internal);
  });
  process.stderr.on("error", () => {});
}
