import type { OutgoingMessage, SendResult } from "@jobs/core/broker";
import type { Mutant } from "./mutant.ts";

/** A flaw in what becomes of each message on its way in. */
function sending(flaw: string, change: (message: OutgoingMessage) => OutgoingMessage): Mutant {
  return { flaw, queue: (queue) => ({ send: (messages) => queue.send(messages.map(change)) }) };
}

/** A flaw in the body, which then meets the envelope's reader. */
function garbling(flaw: string, change: (body: string) => string): Mutant {
  return sending(flaw, (message) => ({ ...message, body: change(message.body) }));
}

export const sendMutants: readonly Mutant[] = [
  sending("delays are ignored", ({ delayMs: _, ...message }) => message),
  sending("a message without a delay waits for a moment", (message) => ({
    ...message,
    delayMs: message.delayMs ?? 1,
  })),
  sending("delays end 1 ms early", (message) => ({
    ...message,
    delayMs: Math.max(0, (message.delayMs ?? 0) - 1),
  })),
  sending("delays wrap after 31 bits, as timers do", (message) => ({
    ...message,
    delayMs: (message.delayMs ?? 0) > 2 ** 31 ? 1 : (message.delayMs ?? 0),
  })),
  sending("priorities are ignored", ({ priority: _, ...message }) => message),
  sending("priorities are upside down", (message) => ({ ...message, priority: 9 - (message.priority ?? 0) })),
  sending("labels are lost", (message) => ({ ...message, label: "" })),
  garbling("bodies are trimmed", (body) => body.trim()),
  garbling("bodies end at the first NUL", (body) => body.split("\u0000")[0] ?? ""),
  garbling("bodies are normalised", (body) => body.normalize("NFD")),
  garbling("bodies are cut to 64 KiB", (body) => body.slice(0, 65_536)),
  garbling("bodies are parsed and printed", (body) => {
    try {
      return JSON.stringify(JSON.parse(body));
    } catch {
      return body;
    }
  }),
  {
    flaw: "results of a send come in another order",
    queue: (queue) => ({ send: async (messages) => (await queue.send(messages)).toReversed() }),
  },
  {
    flaw: "only the first 500 messages of a send are stored",
    queue: (queue) => ({
      async send(messages) {
        const results = await queue.send(messages.slice(0, 500));
        const rest = messages.slice(500).map(({ id }): SendResult => ({ status: "sent", messageId: id }));
        return [...results, ...rest];
      },
    }),
  },
  {
    flaw: "every message is stored twice",
    queue: (queue) => ({
      async send(messages) {
        await queue.send(messages.map((message) => ({ ...message, id: `${message.id}-copy` })));
        return queue.send(messages);
      },
    }),
  },
  { flaw: "nothing is known of duplicates", keeps: { dedupe: false } },
  {
    flaw: "a duplicate replaces the body of the first",
    queue: (queue, { state }) => ({
      async send(messages) {
        for (const { id, body } of messages) Object.assign(state.find(id) ?? {}, { body });
        return queue.send(messages);
      },
    }),
  },
  {
    flaw: "a duplicate of a leased message is sent",
    queue: (queue, { state }) => ({
      send: (messages) =>
        queue.send(
          messages.map((message) => (state.find(message.id)?.state === "leased" ? twin(message) : message)),
        ),
    }),
  },
  {
    flaw: "a duplicate of a dead letter is sent",
    queue: (queue, { state }) => ({
      send: (messages) =>
        queue.send(
          messages.map((message) => (state.find(message.id)?.state === "dead" ? twin(message) : message)),
        ),
    }),
  },
  {
    flaw: "duplicates are told to be sent",
    queue: (queue) => ({
      async send(messages) {
        const results = await queue.send(messages);
        return results.map((result) =>
          result.status === "duplicate" ? { ...result, status: "sent" } : result,
        );
      },
    }),
  },
];

function twin(message: OutgoingMessage): OutgoingMessage {
  return { ...message, id: `${message.id}-twin` };
}
