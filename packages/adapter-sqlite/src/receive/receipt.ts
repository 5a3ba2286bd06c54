/** The content of a receipt. Lease numbers of a queue are never reused, so a receipt identifies one lease for ever. */
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

/** `undefined` for a text that {@link formatReceipt} has not made. */
export function parseReceipt(receipt: string): LeaseKey | undefined {
  const first = receipt.indexOf(".");
  const second = receipt.indexOf(".", first + 1);
  const key = {
    queue: Number(receipt.slice(0, first)),
    seq: Number(receipt.slice(first + 1, second)),
    lease: Number(receipt.slice(second + 1)),
  };
  return isNumber(key.queue) && isNumber(key.seq) && isNumber(key.lease) ? key : undefined;
}

const isNumber = Number.isSafeInteger;
