/** What a receipt stands for: the holder of the lock of one job. */
export interface LeaseKey {
  readonly storedId: string;
  /** Never used twice. */
  readonly token: string;
}

export function formatReceipt({ storedId, token }: LeaseKey): string {
  return `${token}:${storedId}`;
}

/** What is no receipt names a lease that nobody holds. */
export function parseReceipt(receipt: string): LeaseKey {
  const end = receipt.indexOf(":");
  return { storedId: receipt.slice(end + 1), token: receipt.slice(0, Math.max(0, end)) };
}
