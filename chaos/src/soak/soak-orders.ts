/** The settings of the process of a soak, as its one argument. */
export interface SoakOrders {
  /** Kind of the broker. */
  readonly broker: string;
  readonly address: string;
  readonly rounds: number;
  readonly jobsInRound: number;
  /** Keeps the id of every run, so that a test can prove that a leak is found. */
  readonly leaksJobs: boolean;
}
