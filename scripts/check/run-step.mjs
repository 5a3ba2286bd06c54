import { spawn } from "node:child_process";

/**
 * The result of a step.
 * @typedef {object} StepResult
 * @property {boolean} isOk
 * @property {number} seconds
 * @property {string} output Everything it printed.
 */

/**
 * Runs one step in a process group of its own, so that nothing it started outlives its limit.
 * @param {import("./steps.mjs").Step} step
 * @param {string} root
 * @returns {Promise<StepResult>}
 */
export function runStep({ command: [program = "", ...args], limitMs }, root) {
  const startedAt = Date.now();
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const timer = setTimeout(() => {
      output += `\nended after ${limitMs / 1000} s, its limit.`;
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, limitMs);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    child.on("error", (error) => finish(false, error.message));
    child.on("close", (code) => finish(code === 0));

    /**
     * @param {boolean} isOk
     * @param {string} [reason]
     */
    function finish(isOk, reason = "") {
      clearTimeout(timer);
      resolve({ isOk, output: output + reason, seconds: (Date.now() - startedAt) / 1000 });
    }
  });
}
