import { randomUUID } from "node:crypto";
import { queueNameOf } from "../emulator.ts";
import { type BatchEntry, entriesOf } from "../protocol/sqs-batch.ts";
import {
  done,
  type SqsAnswer,
  type SqsBody,
  type SqsCall,
  type SqsLayer,
  type SqsService,
} from "../protocol/sqs-call.ts";
import type { FaultDice } from "./fault-dice.ts";
import { withHigherCount } from "./receive-count.ts";

/**
 * Delivers the messages that the dice choose twice. A delete with either receipt deletes the message. Other requests
 * with the second receipt succeed without effect.
 */
export function deliverTwice(dice: FaultDice): SqsLayer {
  const copies = new Copies(dice);
  return (call, next) => {
    if (call.action === "ReceiveMessage") return copies.receive(call, next);
    if (call.action.startsWith("DeleteMessage")) return next(copies.withFirstReceipts(call));
    return call.action.startsWith("ChangeMessageVisibility")
      ? copies.changeVisibility(call, next)
      : next(call);
  };
}

class Copies {
  readonly #dice: FaultDice;
  readonly #waiting = new Map<string, SqsBody[]>();
  readonly #firstReceipts = new Map<unknown, unknown>();

  constructor(dice: FaultDice) {
    this.#dice = dice;
  }

  async receive(call: SqsCall, next: SqsService): Promise<SqsAnswer> {
    const waiting = this.#waitingIn(queueNameOf(call.body));
    const max = Number(call.body.MaxNumberOfMessages ?? 1);
    const copies = waiting.splice(0, max);
    if (copies.length === max) return done({ Messages: copies });
    const answer = await next(copies.length === 0 ? call : withoutWaiting(call, max - copies.length));
    if (answer.status === "cut" || answer.code !== 200) {
      waiting.unshift(...copies);
      return answer;
    }
    const messages = (answer.body.Messages ?? []) as readonly SqsBody[];
    waiting.push(...messages.filter(() => this.#dice.isMet()).map((message) => this.#copyOf(message)));
    const all = [...copies, ...messages];
    return done(all.length === 0 ? answer.body : { ...answer.body, Messages: all });
  }

  withFirstReceipts(call: SqsCall): SqsCall {
    const { body } = call;
    const entries = entriesOf(call)?.map((entry) => this.#withFirstReceipt(entry));
    return {
      ...call,
      body: entries === undefined ? this.#withFirstReceipt(body) : { ...body, Entries: entries },
    };
  }

  async changeVisibility(call: SqsCall, next: SqsService): Promise<SqsAnswer> {
    const isCopy = ({ ReceiptHandle }: SqsBody) => this.#firstReceipts.has(ReceiptHandle);
    const entries = entriesOf(call);
    if (entries === undefined) return isCopy(call.body) ? done({}) : next(call);
    const others = entries.filter((entry) => !isCopy(entry));
    const answer =
      others.length === 0 ? done({}) : await next({ ...call, body: { ...call.body, Entries: others } });
    if (answer.status === "cut" || answer.code !== 200) return answer;
    const changed = (answer.body.Successful ?? []) as readonly BatchEntry[];
    return done({
      ...answer.body,
      Successful: [...changed, ...entries.filter(isCopy).map(({ Id }) => ({ Id }))],
    });
  }

  #waitingIn(queue: string): SqsBody[] {
    const waiting = this.#waiting.get(queue) ?? [];
    this.#waiting.set(queue, waiting);
    return waiting;
  }

  #copyOf(message: SqsBody): SqsBody {
    const receipt = randomUUID();
    this.#firstReceipts.set(receipt, message.ReceiptHandle);
    return { ...withHigherCount(message, 1), ReceiptHandle: receipt };
  }

  #withFirstReceipt<Fields extends SqsBody>(fields: Fields): Fields {
    const first = this.#firstReceipts.get(fields.ReceiptHandle);
    return first === undefined ? fields : { ...fields, ReceiptHandle: first };
  }
}

function withoutWaiting(call: SqsCall, max: number): SqsCall {
  return { ...call, body: { ...call.body, MaxNumberOfMessages: max, WaitTimeSeconds: 0 } };
}
