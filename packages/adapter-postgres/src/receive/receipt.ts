/** The content of a receipt. Numbers of leases are never used again, so a receipt identifies one lease for ever. */
export interface LeaseKey {
  /** The message's id. */
  readonly id: string;
  /** 62 bits in decimal. */
  readonly lease: string;
  /** Where its row was when the lease began, as Postgres writes it: `(12,5)`. A later change moves it. */
  readonly row: string;
}

const HEAD = /^(\d{1,19})(\(\d{1,10},\d{1,5}\))$/;

export function formatReceipt({ id, lease, row }: LeaseKey): string {
  return `${lease}${row}.${id}`;
}

/** `undefined` for a text that {@link formatReceipt} has not made. */
export function parseReceipt(receipt: string): LeaseKey | undefined {
  const end = receipt.indexOf(".");
  const [, lease, row] = HEAD.exec(receipt.slice(0, end)) ?? [];
  return lease === undefined || row === undefined ? undefined : { lease, row, id: receipt.slice(end + 1) };
}
