import { sqlite } from "../../dist/index.js";

/** What a test has asked this process for: `node script.mjs '{"file": …}'`. */
export const options = JSON.parse(process.argv[2]);

/** One line to the test. */
export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** A signal that never aborts. */
export const never = new AbortController().signal;

/** The broker on the test's file. */
export const broker = sqlite({ file: options.file, driver: options.driver });
