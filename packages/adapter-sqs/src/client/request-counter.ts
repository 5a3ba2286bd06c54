import type { BrokerRequests } from "@jobs/core/broker";

/** Each started part of this size is one request on AWS's bill, in bytes. */
const BILLED_BYTES = 65_536;

/** The bodies in a request for messages, or in its answer. */
interface Bodies {
  readonly Entries?: readonly { readonly MessageBody?: string | undefined }[] | undefined;
  readonly Messages?: readonly { readonly Body?: string | undefined }[] | undefined;
}

/** Counts the requests of a connection as AWS bills them. */
export class RequestCounter {
  readonly #counts = new Map<string, { sent: number; billed: number }>();

  /**
   * Counts one request. `command`: the SDK's name of it. `answer`: `undefined` for a failed one, which AWS bills as well
   * if it has arrived.
   */
  add(command: string, input: unknown, answer?: unknown): void {
    const action = command.replace(/Command$/, "");
    const count = this.#counts.get(action) ?? { sent: 0, billed: 0 };
    this.#counts.set(action, count);
    const bytes = Math.max(bodyBytes(input), bodyBytes(answer));
    count.sent++;
    count.billed += Math.max(1, Math.ceil(bytes / BILLED_BYTES));
  }

  list(): readonly BrokerRequests[] {
    return [...this.#counts].map(([action, count]) => ({ action, ...count }));
  }
}

/** Attributes are left out: the ones that this package sends are short. */
function bodyBytes(content: unknown): number {
  const { Entries = [], Messages = [] } = (content ?? {}) as Bodies;
  let bytes = 0;
  for (const { MessageBody = "" } of Entries) bytes += Buffer.byteLength(MessageBody);
  for (const { Body = "" } of Messages) bytes += Buffer.byteLength(Body);
  return bytes;
}
