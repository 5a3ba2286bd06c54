import { asCalled } from "../base/program.ts";
import { printable } from "./printable.ts";
import { sharedState } from "./shared-state.ts";
import { writeNow } from "./write-now.ts";

const said = sharedState("warnings", () => new Set<string>());

/** Writes a warning to stderr. The same text is written once: a command may look at a queue again and again. */
export function warn(text: string): void {
  if (said.has(text)) return;
  said.add(text);
  writeNow(2, `warning: ${printable(asCalled(text))}\n`);
}
