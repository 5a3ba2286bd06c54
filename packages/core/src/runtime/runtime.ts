import { type Clock, systemClock } from "./clock.ts";
import { type IdSource, uuidv7Ids } from "./ids.ts";
import { type Logger, silentLogger, unfailing } from "./logger.ts";
import { type Random, systemRandom } from "./random.ts";

/** Everything core takes from its surroundings. Nothing else in core touches clock, randomness or output. */
export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdSource;
  readonly logger: Logger;
}

/** The machine's own clock, randomness and ids and a silent logger, with any part replaced. */
export function createRuntime(parts: Partial<Runtime> = {}): Runtime {
  const { clock = systemClock, random = systemRandom, ids = uuidv7Ids, logger = silentLogger } = parts;
  return { clock, random, ids, logger: unfailing(logger) };
}
