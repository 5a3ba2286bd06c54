/** Loads that are under way. */
let loading = 0;

/**
 * Loads a part of core that most processes do not use, when it is first used. Virtual clocks wait for it.
 * @example const { explainJob } = await loadPart(() => import("../explain/explain-job.ts"))
 */
export async function loadPart<Part>(load: () => Promise<Part>): Promise<Part> {
  loading++;
  try {
    return await load();
  } finally {
    loading--;
  }
}

/** Whether a part is being loaded now, so that code waits for it. */
export function isLoadingPart(): boolean {
  return loading > 0;
}
