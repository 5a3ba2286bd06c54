import { describeThrown } from "@jobs/core/runtime";
/** Creates the harness of an adapter. Only the kit knows its type. */
export type CreateHarness = () => unknown;

interface Clause {
  readonly id: string;
  readonly rule: string;
}

interface ModelSearch {
  readonly createHarness: CreateHarness;
  readonly runs: number;
  readonly timeoutMs: number;
  readonly seed: number;
}

/**
 * The part of `@jobs/broker-conformance` that this command uses. That package is for tests. People install it beside
 * an adapter, not with this command.
 */
export interface Kit {
  listClauses(): readonly Clause[];
  runClause(clause: Clause, createHarness: CreateHarness, timeoutMs: number): Promise<void>;
  runModel(search: ModelSearch): Promise<unknown>;
}

/** Whether an adapter keeps one clause. */
export interface ClauseVerdict {
  readonly id: string;
  readonly rule: string;
  readonly isKept: boolean;
  /** What was seen instead. */
  readonly reason?: string;
}

/** Whether random sequences of steps stayed within the model. */
export interface ModelVerdict {
  readonly runs: number;
  /** Repeats the search. */
  readonly seed: number;
  readonly isKept: boolean;
  /** The seed and the shortest failing sequence. */
  readonly reason?: string;
}

/** How an adapter is checked. */
export interface JudgeOptions {
  /** Only these clauses; all when empty. */
  readonly ids: readonly string[];
  /** Random sequences; 0 leaves the model out. */
  readonly modelRuns: number;
  /** Seed of the random sequences: the same seed tries the same ones. */
  readonly seed: number;
  /** How long a clause or a sequence may take, in ms. */
  readonly timeoutMs: number;
  onClause(verdict: ClauseVerdict): void;
}

/** Checks an adapter against each clause, then against the model. */
export async function judgeAdapter(
  { listClauses, runClause, runModel }: Kit,
  createHarness: CreateHarness,
  { ids, modelRuns, seed, timeoutMs, onClause }: JudgeOptions,
): Promise<ModelVerdict> {
  for (const clause of listClauses()) {
    if (ids.length > 0 && !ids.includes(clause.id)) continue;
    const reason = await reasonAgainst(runClause(clause, createHarness, timeoutMs));
    onClause({
      ...described(clause),
      isKept: reason === undefined,
      ...(reason === undefined ? {} : { reason }),
    });
  }
  if (modelRuns === 0) return { runs: 0, seed, isKept: true };
  const search = runModel({ createHarness, runs: modelRuns, timeoutMs, seed });
  const reason = await reasonAgainst(search);
  return { runs: modelRuns, seed, isKept: reason === undefined, ...(reason === undefined ? {} : { reason }) };
}

function described({ id, rule }: Clause): Pick<ClauseVerdict, "id" | "rule"> {
  return { id, rule };
}

/** Why the check has failed; `undefined` if it has passed. */
async function reasonAgainst(check: Promise<unknown>): Promise<string | undefined> {
  try {
    await check;
    return undefined;
  } catch (error) {
    return describeThrown(error);
  }
}
