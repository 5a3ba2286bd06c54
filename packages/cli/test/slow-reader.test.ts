import { execFileSync } from "node:child_process";
import { closeSync, createReadStream, openSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { createProject, outcomeOf } from "./project.ts";

describe("a reader that is slow [F08]", () => {
  it.each(["waits when it is full", "does not wait"])(
    "gets all that was written to a pipe that %s",
    async (kind) => {
      const text = "x".repeat(4_000_000);
      using project = createProject({ "long.txt": text });
      const pipe = join(project.folder, "pipe");
      execFileSync("mkfifo", [pipe]);
      const stdout = openSync(pipe, "r+");
      const reading = createReadStream(pipe);
      const child = project.start(["run", "legacy", "file=@long.txt"], { stdout });
      const ended = outcomeOf(child);
      if (kind === "does not wait") new Socket({ fd: stdout }).destroy();
      else closeSync(stdout);
      expect(await textOf(reading)).toContain(text);
      expect((await ended).code).toBe(0);
    },
  );
});
