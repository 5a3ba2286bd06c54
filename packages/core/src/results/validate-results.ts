import { OpenTarget } from "../broker/adapter-call.ts";
import { wrongAnswer } from "../broker/check-answers.ts";
import { COORDINATION_METHODS, checkGiven, IDENTITY_RULES, optional } from "../broker/check-form.ts";
import { validateCoordination } from "../coordination/validate-coordination.ts";
import { func, having, number, object } from "../options/option-rules.ts";
import { isResult, type ResultStore } from "./result-store.ts";

const METHODS = Object.keys(COORDINATION_METHODS);

const validated = new WeakSet<ResultStore>();

/**
 * Checks what a result store answers, as `validateBroker` does for brokers, and refuses every call after a close. What
 * it throws stays as it is: whether a step is tried again depends on it.
 * @throws ConfigError for a store without one of its members
 */
export function validateResults(store: ResultStore): ResultStore {
  if (validated.has(store)) return store;
  checkGiven<ResultStore>(store, "the result store", {
    ...IDENTITY_RULES,
    put: func,
    get: func,
    schema: optional(object),
    absence: optional(func),
    prune: func,
    coordination: having("a coordination store", ...METHODS),
    close: func,
  });
  const open = new OpenTarget({ broker: store.kind }, undefined, { keepsErrors: true });
  const result: ResultStore = {
    kind: store.kind,
    reach: store.reach,
    put: (kept, ttlMs) => open.pass(() => store.put(kept, ttlMs)),
    get: (id) =>
      open.ask(
        () => store.get(id),
        (kept) => {
          if (kept === undefined || isResult(kept)) return kept;
          throw wrongAnswer(open.target, "results.get", "a result or undefined", kept);
        },
      ),
    ...(store.schema === undefined ? {} : { schema: store.schema }),
    ...(store.absence === undefined ? {} : { absence: () => store.absence?.() }),
    prune: () =>
      open.ask(
        () => store.prune(),
        (removed) => {
          if (number.accepts(removed)) return removed;
          throw wrongAnswer(open.target, "results.prune", "the number of removed results", removed);
        },
      ),
    coordination: validateCoordination(store.coordination, open),
    close: () => open.close(() => store.close()),
  };
  validated.add(result);
  return result;
}
