/** What lives as long as a worker takes jobs, and may keep it from starting. */
export interface WorkerService {
  /** Before the worker opens anything. Rejects when it must not start. */
  prepare(): Promise<void>;
  /** The worker takes jobs from now on. */
  begin(): void;
  /** The worker takes no more jobs: nothing new is begun. Resolves within seconds, when all is at rest. */
  end(): Promise<void>;
}
