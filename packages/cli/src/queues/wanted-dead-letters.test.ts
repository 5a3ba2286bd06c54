import type { BrokerQueue, PeekOptions, StoredMessage } from "@jobs/core/broker";
import { expect, it } from "vitest";
import { chooseDeadLetters } from "./wanted-dead-letters.ts";

/** A queue as on SQS: what one look has in hand, no other look sees. A job has an id of its own and one of its message. */
function lendingQueue(jobs: readonly string[]): BrokerQueue {
  let isLooking = false;
  return {
    capabilities: { peek: "dead", keepsFinished: false },
    async peek({ id = "" }: PeekOptions) {
      if (isLooking) return { messages: [] };
      isLooking = true;
      await new Promise((resolve) => setImmediate(resolve));
      isLooking = false;
      const found = jobs.filter((job) => job === id || `message-${job}` === id);
      return {
        messages: found.map((job) => ({ messageId: `message-${job}`, state: "dead" }) as StoredMessage),
      };
    },
  } as unknown as BrokerQueue;
}

it("finds each named dead letter where a look hides all of them, and a job once that is named by both of its ids", async () => {
  const queue = lendingQueue(["a", "b"]);
  const wanted = { ids: ["a", "b", "message-a"], isAll: false, limit: 1 };
  const chosen = await chooseDeadLetters([{ name: "mail", queue }], wanted);
  expect(chosen).toMatchObject([{ name: "mail", ids: ["message-a", "message-b"] }]);
});
