// A relay that kills itself at a step, after so many calls of it; without a step it ends when nothing waits.
import { createRelay } from "@jobs/outbox";

const { from, to, kill } = JSON.parse(process.argv[2]);
const store = await open(from);
const target = await open(to);

async function open({ kind, options }) {
  const adapter = await import(`@jobs/adapter-${kind}`);
  return adapter[kind](options);
}

let callsLeft = kill?.calls;

/** @param {string} step */
function reach(step) {
  if (step === kill?.step && --callsLeft === 0) process.kill(process.pid, "SIGKILL");
}

const killedStore = {
  ...store,
  async openConsumer(name, options) {
    const consumer = await store.openConsumer(name, options);
    return {
      ...consumer,
      async receive(asked) {
        const received = await consumer.receive(asked);
        if (received.length > 0) reach("received");
        return received;
      },
      async settle(settlements, asked) {
        const settled = await consumer.settle(settlements, asked);
        reach("settled");
        return settled;
      },
      async settleAndReceive(settlements, asked) {
        const answer = await consumer.settleAndReceive(settlements, asked);
        reach("settled");
        if (answer.received.length > 0) reach("received");
        return answer;
      },
    };
  },
};

const killedTarget = {
  ...target,
  async openQueue(name) {
    const queue = await target.openQueue(name);
    return {
      ...queue,
      async send(messages, options) {
        const sending = queue.send(messages, options);
        reach("sending");
        const results = await sending;
        reach("sent");
        return results;
      },
    };
  },
};

await createRelay({ from: killedStore, to: killedTarget, untilEmpty: true, takeoverMs: 900 }).run();
await Promise.all([store.close(), target.close()]);
