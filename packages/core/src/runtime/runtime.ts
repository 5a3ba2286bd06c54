import { type Clock, systemClock } from "./clock.ts";
import { type IdSource, uuidv7Ids } from "./ids.ts";
import { type LimitedLogger, limitLogger } from "./log-limiter.ts";
import { type Logger, silentLogger, unfailing } from "./logger.ts";
import { checkedRandom, type Random, systemRandom } from "./random.ts";
import { createReport, type ErrorListener, type ReportError } from "./report-error.ts";

/** The environment of core. Core uses clock, randomness, ids and output only through it. */
export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdSource;
  readonly logger: Logger;
  /** The same logger for lines that an outage would repeat: at most one line of the same text and group in 30 s. */
  readonly limited: LimitedLogger;
  /** Logs an error outside of a run and calls the app's `onError`. */
  readonly report: ReportError;
}

/** The replaceable parts of a {@link Runtime}. */
export type RuntimeParts = Partial<Omit<Runtime, "limited" | "report">>;

/**
 * The machine's clock, randomness and ids and a silent logger; `parts` replaces any of them. `listener` gets the reported
 * errors.
 */
export function createRuntime(parts: RuntimeParts = {}, listener?: ErrorListener): Runtime {
  const { clock = systemClock, ids = uuidv7Ids } = parts;
  const random = parts.random === undefined ? systemRandom : checkedRandom(parts.random);
  const logger = unfailing(parts.logger ?? silentLogger);
  const limited = limitLogger(logger, clock);
  return { clock, random, ids, logger, limited, report: createReport(logger, listener) };
}
