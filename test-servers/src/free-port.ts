import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The ports to choose from. Linux gives ports from 32,768 on to outgoing connections, so one of those may be gone before
 * a server uses it, or while it restarts.
 */
const FIRST = 25_000;
const END = 32_768;

/** Who has which port, for all test processes of this machine: a file for each, with the id of the process. */
const CLAIMS = join(tmpdir(), "jobs-test-ports");

const own = new Set<string>();

/** A port of this machine that no process listens on. No other caller gets it until this process has ended. */
export async function freePort(): Promise<number> {
  mkdirSync(CLAIMS, { recursive: true });
  for (;;) {
    const port = randomInt(FIRST, END);
    if (isClaimed(join(CLAIMS, String(port))) && (await isUnused(port))) return port;
  }
}

/** Whether the port is this process's now. */
function isClaimed(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
  } catch {
    if (!isLeft(file)) return false;
    // Who comes first removes it; a later try claims it.
    rmSync(file, { force: true });
    return false;
  }
  if (own.size === 0) process.once("exit", removeClaims);
  own.add(file);
  return true;
}

/** A process that is killed leaves its claims, which others take over. */
function removeClaims(): void {
  for (const file of own) rmSync(file, { force: true });
}

/** Whether the process of a claim has ended without removing it. */
function isLeft(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, "utf8") || process.pid), 0);
    return false;
  } catch {
    return true;
  }
}

async function isUnused(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  const isListening = await once(server, "listening").then(
    () => true,
    () => false,
  );
  if (!isListening) return false;
  server.close();
  await once(server, "close");
  return true;
}
