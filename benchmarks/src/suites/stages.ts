import type { ContenderKind, Stage } from "../contenders/contender.ts";
import { memoryStage } from "./memory/memory-stage.ts";
import { postgresStage } from "./postgres/postgres-stage.ts";
import { redisInMemory } from "./redis/redis-stage.ts";
import { sqliteStage } from "./sqlite/sqlite-stage.ts";
import { sqsStage } from "./sqs/sqs-stage.ts";

/** One for each broker. They import brokers and peers only when one is opened. */
export const STAGES: readonly Stage[] = [memoryStage, sqliteStage, redisInMemory, postgresStage, sqsStage];

/** A stage and one of its contenders by their names in tables. @throws RangeError for a name that nobody has */
export function findContender(
  title: string,
  name: string,
): { readonly stage: Stage; readonly kind: ContenderKind } {
  for (const stage of STAGES) {
    const kind = stage.kinds.find((one) => stage.title === title && one.name === name);
    if (kind !== undefined) return { stage, kind };
  }
  throw new RangeError(`there is no contender "${name}" on "${title}".`);
}
