/** What the process of a soak is told, as its one argument. */
export interface SoakOrders {
  /** Kind of the broker. */
  readonly broker: string;
  readonly address: string;
  readonly rounds: number;
  readonly jobsInRound: number;
  /** Keeps the id of every run: how a test proves that a leak is found. */
  readonly leaksJobs: boolean;
}
