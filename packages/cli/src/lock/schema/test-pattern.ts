import { createContext, Script } from "node:vm";

/** A pattern may need years for a text. One that needs longer than this is not tried again. */
const MAX_MS = 250;

const slow = new Set<string>();

/** Nothing else stops a regular expression that runs. */
const script = new Script('new RegExp(pattern, "u").test(text)');
const sandbox = createContext({ pattern: "", text: "" });

/** Whether a text matches a pattern of JSON Schema; `undefined` for a pattern that is invalid or too slow. */
export function testPattern(pattern: string, text: string): boolean | undefined {
  if (slow.has(pattern)) return undefined;
  try {
    return Boolean(script.runInContext(Object.assign(sandbox, { pattern, text }), { timeout: MAX_MS }));
  } catch {
    slow.add(pattern);
    return undefined;
  }
}
