import { type Clock, systemClock } from "./clock.ts";
import { type IdSource, uuidv7Ids } from "./ids.ts";
import { type LimitedLogger, limitLogger } from "./log-limiter.ts";
import { type Logger, silentLogger, unfailing } from "./logger.ts";
import { type Random, systemRandom } from "./random.ts";
import { createReport, type ReportError, type TellReported } from "./report-error.ts";

/** Everything core takes from its surroundings. Nothing else in core touches clock, randomness or output. */
export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdSource;
  readonly logger: Logger;
  /** The same logger for lines that an outage repeats with every try and every job: at most one of a text in 30 s. */
  readonly limited: LimitedLogger;
  /** Logs an error that ends no run, and tells the app's `onError`. */
  readonly report: ReportError;
}

/** What of a {@link Runtime} can be replaced. */
export type RuntimeParts = Partial<Omit<Runtime, "limited" | "report">>;

/** The machine's own clock, randomness and ids and a silent logger, with any part replaced. `tell` hears what is reported. */
export function createRuntime(parts: RuntimeParts = {}, tell?: TellReported): Runtime {
  const { clock = systemClock, random = systemRandom, ids = uuidv7Ids } = parts;
  const logger = unfailing(parts.logger ?? silentLogger);
  const limited = limitLogger(logger, clock);
  return { clock, random, ids, logger, limited, report: createReport(logger, tell) };
}
