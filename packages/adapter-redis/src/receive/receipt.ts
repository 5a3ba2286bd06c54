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
  const [token = "", storedId = ""] = receipt.split(":", 2);
  return { storedId, token };
}
