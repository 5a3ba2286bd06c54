/** The content of a receipt: the holder of the lock of one job. */
export interface LeaseKey {
  readonly storedId: string;
  /** Never used twice. */
  readonly token: string;
}

export function formatReceipt({ storedId, token }: LeaseKey): string {
  return `${token}:${storedId}`;
}

/** A text that is not a receipt gives a lease without a holder. */
export function parseReceipt(receipt: string): LeaseKey {
  const end = receipt.indexOf(":");
  return { storedId: receipt.slice(end + 1), token: receipt.slice(0, Math.max(0, end)) };
}

/** The end of a token, with the holder of the lock. It has no colon, which would end the token in a receipt. */
export function writeHolder(holder: string | undefined): string {
  return holder === undefined ? "" : `@${encodeURIComponent(holder)}`;
}

/** The holder of a lock; `undefined` for a token without one, such as BullMQ's. */
export function readHolder(token: string): string | undefined {
  const at = token.indexOf("@");
  if (at === -1) return undefined;
  const written = token.slice(at + 1);
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}
