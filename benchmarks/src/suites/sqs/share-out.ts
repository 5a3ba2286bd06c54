/** How a load is shared. */
export interface Shares {
  /** Loops side by side. */
  readonly callers: number;
  /** The most jobs that one takes at a time. */
  readonly size: number;
}

/** Loops side by side take `jobs` jobs in shares; `work` tells how many of its share it has done. */
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
