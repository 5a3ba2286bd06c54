/** What a figure is counted in. */
export type Unit = "instructions" | "jobs/s" | "µs" | "ms" | "bytes" | "MB" | "%" | "requests" | "dollars";

/** How much one run does; a quick one only shows that everything works. */
export type Scale = "full" | "quick";

/** Figures of one run by name: `rate`, `p50`. */
export type Figures = Readonly<Record<string, number>>;

/** Where a case stands in the table of its broker: one row for each figure of a work, one column for each contender. */
export interface Row {
  /** The broker's name in tables: `Redis`. */
  readonly broker: string;
  /** What is done: `consume at 100`. */
  readonly work: string;
  /** Who does it: `jobs`, `BullMQ`. */
  readonly by: string;
}

/** One thing that is measured, in a process of its own. */
export interface BenchCase {
  /** Its name in tables and baselines; unique in its suite. */
  readonly name: string;
  /** Its place in the table of its broker. Cases without one are listed one below the other. */
  readonly row?: Row;
  /** The figures a run gives, each with its unit. */
  readonly units: Readonly<Record<string, Unit>>;
  /** Measures once, in an empty state. The peer is imported in here, so that other cases do not pay for loading it. */
  run(scale: Scale): Promise<Figures>;
}

/**
 * A figure that has to be reached. It is usually a ratio of two cases of one suite: only ratios compare between
 * machines.
 */
export interface Mark {
  /** The name in the list of marks: `Q1`. */
  readonly id: string;
  readonly title: string;
  /** Computed from the medians. */
  value(median: (name: string, figure: string) => number): number;
  /** The mark is reached at this value or above it. */
  readonly atLeast?: number;
  /** The mark is reached at this value or below it. */
  readonly atMost?: number;
}

/** Cases that are measured by turns, and the marks that they have to reach. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  readonly cases: readonly BenchCase[];
  /** Set where all cases of a round run at the same time, since they only wait. */
  readonly isTogether?: true;
  /**
   * Set where all figures are counts, which a busy machine does not change. Its marks come from its own baseline, so
   * figures that miss them replace it only when somebody accepts them.
   */
  readonly isCounted?: true;
  /** Set where each run does at least as many jobs before as it measures. The page says so. */
  readonly isWarm?: true;
  readonly marks: readonly Mark[];
}

/** `full` for a full run, `quick` for a quick one. */
export function byScale(scale: Scale, full: number, quick: number): number {
  return scale === "full" ? full : quick;
}
