import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The longest time that an installation may delay a test run, in ms. */
const LIMIT_MS = 180_000;

/**
 * The lists of packages on a new machine are old or empty. They are fetched only when the installation fails without
 * it. The second caller finds the package installed.
 */
const SCRIPT = `
dpkg -s "$1" >/dev/null 2>&1 && exit
apt-get install -y "$1" || { apt-get update && apt-get install -y "$1"; }
`;

/**
 * Installs a Debian package where no confirmation is needed: as root on Debian or Ubuntu. Test processes that call it
 * at the same time wait for the first. Resolves with whether it is installed now.
 */
export async function installPackage(name: string): Promise<boolean> {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false;
  process.stderr.write(`Installing ${name} for the tests (once on this machine) …\n`);
  const lock = join(tmpdir(), `jobs-install-${name}.lock`);
  const child = spawn("flock", [lock, "sh", "-c", SCRIPT, "sh", name], {
    stdio: ["ignore", "ignore", "pipe"],
    timeout: LIMIT_MS,
    // In runlevel 1 no service is started: the tests start their own servers.
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  const [code] = await Promise.race([once(child, "close"), once(child, "error").then(() => [1])]);
  if (code !== 0) process.stderr.write(complaints);
  return code === 0;
}
