/** How a load is shared. */
export interface Shares {
  /** Concurrent loops. */
  readonly callers: number;
  /** The most jobs that a loop takes at a time. */
  readonly size: number;
}

/** Concurrent loops take `jobs` jobs in shares; `work` returns how many of its share it has done. */
export async function shareOut(
  jobs: number,
  { callers, size }: Shares,
  work: (count: number) => Promise<number>,
): Promise<void> {
  let left = jobs;
  const loop = async () => {
    while (left > 0) {
      const count = Math.min(size, left);
      left -= count;
      const done = await work(count);
      left += count - done;
    }
  };
  await Promise.all(Array.from({ length: callers }, loop));
}
