import { memory } from "@jobs/adapter-memory";
import { describe, expect, it } from "vitest";
import { InvalidAnswerError } from "../errors/broker-errors.ts";
import type { Broker, BrokerConsumer, BrokerQueue, ConsumerOptions } from "./broker.ts";
import { validateBroker } from "./broker-validator.ts";
import type { Delivery } from "./delivery.ts";
import type { Settlement } from "./settlement.ts";

// biome-ignore lint/suspicious/noExplicitAny: what is answered is what the types forbid.
type Loose = any;

const one = { id: "one", label: "t", body: "{}" };
const two = { id: "two", label: "t", body: "{}" };
const delivery: Delivery = {
  messageId: "one",
  body: "{}",
  deliveryCount: 1,
  failureCount: 0,
  crashCount: null,
  leaseUntil: 1,
  receipt: "r",
};
const ack: Settlement = { delivery, action: "ack" };
const receive = { max: 5, waitMs: 0, signal: new AbortController().signal };

/** Memory of which some calls answer what they are given. */
function answering(calls: Readonly<Record<string, Loose>>): Broker {
  const broker = memory();
  const made = Object.fromEntries(Object.entries(calls).map(([name, answer]) => [name, async () => answer]));
  return {
    ...broker,
    ...made,
    openQueue:
      "openQueue" in made
        ? made.openQueue
        : async (name: string) => ({ ...(await broker.openQueue(name)), ...made }),
    openConsumer:
      "openConsumer" in made
        ? made.openConsumer
        : async (name: string, options: ConsumerOptions) => {
            const { settleAndReceive: _, ...consumer } = await broker.openConsumer(name, options);
            return { ...consumer, ...made };
          },
  } as Loose;
}

const queueOf = (calls: Readonly<Record<string, Loose>>): Promise<BrokerQueue> =>
  validateBroker(answering(calls)).openQueue("q");
const consumerOf = (calls: Readonly<Record<string, Loose>>) =>
  validateBroker(answering(calls)).openConsumer("q", { leaseMs: 1_000 });

const NOTHING = [undefined, null, {}, 5, "sent"];

/** Each call, and answers that it must not give. */
const CALLS: Readonly<
  Record<
    string,
    readonly [
      ask: (queue: BrokerQueue, consumer: BrokerConsumer) => Promise<unknown>,
      wrong: readonly Loose[],
    ]
  >
> = {
  send: [(queue) => queue.send([one]), [...NOTHING, [], [{ status: "sent" }, { status: "sent" }]]],
  settle: [(_, consumer) => consumer.settle([ack]), [...NOTHING, [], [1, 2]]],
  extend: [(_, consumer) => consumer.extend([delivery], 1_000), [...NOTHING, []]],
  receive: [
    (_, consumer) => consumer.receive(receive),
    [
      ...NOTHING,
      [undefined],
      ["x"],
      ...Object.keys(delivery).map((name) => [{ ...delivery, [name]: undefined }]),
      [{ ...delivery, leaseUntil: Number.NaN }],
      [{ ...delivery, deliveryCount: 0 }],
    ],
  ],
  stats: [(queue) => queue.stats(), [...NOTHING, [], { ready: { n: 1, exact: true } }]],
  peek: [(queue) => queue.peek({ state: "ready", limit: 1 }), [...NOTHING, [], { messages: [{}] }]],
  remove: [(queue) => queue.remove(["one"]), [...NOTHING, [], [{ status: "gone" }]]],
  redrive: [(queue) => queue.redrive({ limit: 1 }), [...NOTHING, [], { moved: "1" }]],
  diagnose: [
    (queue) => (queue.diagnose as Loose)({ longestMs: 1 }),
    [undefined, {}, [undefined], [{ check: "c", status: "fine", message: "m" }]],
  ],
};

describe("what a broker answers", () => {
  for (const [call, [ask, answers]] of Object.entries(CALLS)) {
    it.each(answers.map((answer) => [answer]))(
      `${call} answers %j: an error that names it`,
      async (answer) => {
        const calls = { [call]: answer };
        const asked = ask(await queueOf(calls), await consumerOf(calls));
        await expect(asked).rejects.toMatchObject({
          name: "InvalidAnswerError",
          code: "invalid_answer",
          retryable: false,
          maybeSent: call === "send",
          broker: "memory",
          queue: "q",
          call,
          message: expect.stringMatching(new RegExp(`^memory queue "q": ${call} must answer .+, got .+\\.$`)),
        });
      },
    );
  }

  it("an entry of a send that says nothing is perhaps sent; its neighbour is sent", async () => {
    const withoutId = [{ status: "sent" }, { status: "duplicate", messageId: 5 }];
    for (const nothing of [undefined, {}, { status: "ok" }, { status: "failed" }, "sent", ...withoutId]) {
      const queue = await queueOf({ send: [{ status: "sent", messageId: "one" }, nothing] });
      expect(await queue.send([one, { ...two, id: "" }, two])).toMatchObject([
        { status: "sent" },
        { status: "failed", error: { code: "invalid_config" } },
        { status: "failed", error: { code: "invalid_answer", maybeSent: true } },
      ]);
    }
  });

  it("a failure whose error is of the driver keeps it as the cause", async () => {
    const cause = new Error("ECONNRESET");
    const queue = await queueOf({ send: [{ status: "failed", error: cause }] });
    const [result] = await queue.send([one]);
    expect(result).toMatchObject({ status: "failed", error: { code: "invalid_answer", cause } });
  });

  it("an entry of a settle or an extend that says nothing is not known: it is tried again", async () => {
    const known = { status: "settled" };
    const consumer = await consumerOf({ settle: [known, {}], extend: [{ status: "extended" }] });
    expect(await consumer.settle([ack, ack])).toMatchObject([
      known,
      { status: "failed", error: { code: "invalid_answer" } },
    ]);
    expect(await consumer.extend([delivery], 1_000)).toMatchObject([
      { status: "failed", error: { code: "invalid_answer", message: expect.stringContaining("leaseUntil") } },
    ]);
  });

  it("of both in one call, a half that says nothing does not hide the other half", async () => {
    const settled = [{ status: "settled" }];
    const wrongReceive = await consumerOf({ settleAndReceive: { settled, received: [delivery, {}] } });
    expect(await wrongReceive.settleAndReceive([ack], receive)).toMatchObject({
      settled,
      received: [delivery],
      receiveError: { code: "invalid_answer", call: "receive" },
    });
    const wrongSettle = await consumerOf({ settleAndReceive: { settled: [], received: [delivery] } });
    const bad: Settlement = { delivery, action: "retry", delayMs: -1, failed: true };
    expect(await wrongSettle.settleAndReceive([ack, bad], receive)).toMatchObject({
      settled: [
        { status: "failed", error: { code: "invalid_answer", call: "settle" } },
        { status: "failed", error: { code: "invalid_config" } },
      ],
      received: [delivery],
    });
    const nothing = await consumerOf({ settleAndReceive: undefined });
    expect(await nothing.settleAndReceive([], receive)).toMatchObject({ received: [] });
  });

  it("of more deliveries than asked for, the first are used and the error counts them", async () => {
    const second = { ...delivery, messageId: "two" };
    const surplus = { settled: [{ status: "settled" }], received: [delivery, second] };
    const tooMany = await consumerOf({ settleAndReceive: surplus });
    expect(await tooMany.settleAndReceive([ack], { ...receive, max: 1 })).toMatchObject({
      settled: surplus.settled,
      received: [delivery],
      receiveError: { code: "invalid_answer", message: expect.stringContaining("at most 1 deliveries") },
    });
    const received = await consumerOf({ receive: [delivery, second] });
    await expect(received.receive({ ...receive, max: 1 })).rejects.toThrow(/got an array of 2/);
  });

  it("good answers are passed on as they are, not copied", async () => {
    const send = [{ status: "sent", messageId: "one" }];
    const queue = await queueOf({ send });
    expect(await queue.send([one])).toBe(send);
    const received = [delivery];
    const settled = [{ status: "settled" }];
    const both = { settled, received };
    const consumer = await consumerOf({ receive: received, settle: settled, settleAndReceive: both });
    expect(await consumer.receive(receive)).toBe(received);
    expect(await consumer.settle([ack])).toBe(settled);
    expect(await consumer.settleAndReceive([ack], receive)).toBe(both);
  });

  it("a queue or a consumer that is none is refused when it is opened, with all that is wrong", async () => {
    const { capabilities } = await memory().openQueue("q");
    const openedQueue = validateBroker(answering({ openQueue: { name: "q", capabilities } })).openQueue("q");
    await expect(openedQueue).rejects.toThrow(
      /openQueue must answer .*send must be a function.*redrive must be/,
    );
    for (const answer of NOTHING) {
      const broker = validateBroker(answering({ openQueue: answer, openConsumer: answer }));
      await expect(broker.openQueue("q")).rejects.toBeInstanceOf(InvalidAnswerError);
      await expect(broker.openConsumer("q", { leaseMs: 1 })).rejects.toBeInstanceOf(InvalidAnswerError);
    }
  });

  it("capabilities that are missing, wrong or unknown are refused in one error", async () => {
    const { capabilities } = await memory().openQueue("q");
    const wrong = { ...capabilities, delay: true, peek: "all", priorty: 1, fencing: undefined };
    const broker = answering({});
    const withThem: Broker = {
      ...broker,
      openQueue: async (name) => ({ ...(await broker.openQueue(name)), capabilities: wrong as Loose }),
      openConsumer: async (name, options) => ({
        ...(await broker.openConsumer(name, options)),
        capabilities: {} as Loose,
      }),
    };
    await expect(validateBroker(withThem).openQueue("q")).rejects.toThrow(
      /unknown priorty; delay must be .*; fencing must be .*, got undefined; peek must be /,
    );
    await expect(validateBroker(withThem).openConsumer("q", { leaseMs: 1 })).rejects.toThrow(
      /delay must be .*redrive must be true or false, got undefined/,
    );
  });

  it.each(NOTHING.map((broker) => [broker]))("%j is no broker: refused at once", (broker) => {
    expect(() => validateBroker(broker as Loose)).toThrow(
      expect.objectContaining({
        code: "invalid_config",
        message: expect.stringContaining("the broker is not usable"),
      }),
    );
  });

  it("a broker without its parts is refused with all that is wrong", () => {
    expect(() => validateBroker({ reach: "world", coordination: {} } as Loose)).toThrow(
      /kind must be .*; reach must be .*; openQueue must be .*; openConsumer must be .*; coordination must be .*; close must be/,
    );
  });
});
