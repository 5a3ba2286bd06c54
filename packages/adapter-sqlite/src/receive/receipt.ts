/** What a receipt stands for. Lease numbers of a queue are never used twice, so a receipt names one lease for ever. */
export interface LeaseKey {
  /** Row of the queue. */
  readonly queue: number;
  /** Row of the message. */
  readonly seq: number;
  readonly lease: number;
}

export function formatReceipt({ queue, seq, lease }: LeaseKey): string {
  return `${queue}.${seq}.${lease}`;
}

/** `undefined` for what {@link formatReceipt} has not made: it names no lease. */
export function parseReceipt(receipt: string): LeaseKey | undefined {
  const [queue, seq, lease, ...rest] = receipt.split(".").map(Number);
  if (queue === undefined || seq === undefined || lease === undefined || rest.length > 0) return undefined;
  return [queue, seq, lease].every(Number.isSafeInteger) ? { queue, seq, lease } : undefined;
}
