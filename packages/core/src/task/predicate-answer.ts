import { ConfigError } from "../errors/config-errors.ts";
import { typeWord } from "../options/type-word.ts";
import { isThenable, onRejection } from "../runtime/call-listener.ts";

/**
 * The answer of a predicate in the options of a task; `what` names it. Anything else than true or false is no answer:
 * a promise would count as true.
 * @throws ConfigError for any other value
 */
export function predicateAnswer(answer: unknown, what: string): boolean {
  if (typeof answer === "boolean") return answer;
  onRejection(answer);
  const found = isThenable(answer) ? "a promise" : typeWord(answer);
  throw new ConfigError(`${what} must return true or false at once; it returned ${found}.`, {
    hint: "It is not awaited. Read what it needs beforehand, and compare: return flags.isNight === true.",
  });
}
