/** The cause that ended a run from outside. After a lost lease nothing may be written. */
export interface Interruption {
  readonly kind: "timeout" | "uncaught" | "cancelled" | "shutdown" | "lease_lost";
  readonly error: Error;
}

/** The code that waits for a run's handler. */
export interface RunOwner {
  /** The run was interrupted; its signal has already aborted. */
  interrupted(interruption: Interruption): void;
  /** The handler is not awaited any more. */
  abandoned(): void;
}
