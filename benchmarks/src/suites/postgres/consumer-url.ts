/**
 * The option of connections that take and complete jobs. There our functions do not wait for the disk, so peers need not
 * either. All that sends a job waits.
 */
export const NO_WAIT = "-c synchronous_commit=off";

/** The URL for such connections. */
export function consumerUrl(url: string): string {
  return `${url}?options=${encodeURIComponent(NO_WAIT)}`;
}
