/** The content of a receipt. Numbers of leases are never used again, so a receipt identifies one lease for ever. */
export interface LeaseKey {
  /** The message's id. */
  readonly id: string;
  /** 62 bits in decimal. */
  readonly lease: string;
}

export function formatReceipt({ id, lease }: LeaseKey): string {
  return `${lease}.${id}`;
}

/** `undefined` for a text that {@link formatReceipt} has not made. */
export function parseReceipt(receipt: string): LeaseKey | undefined {
  const end = receipt.indexOf(".");
  const lease = receipt.slice(0, end);
  return /^\d{1,19}$/.test(lease) ? { lease, id: receipt.slice(end + 1) } : undefined;
}
