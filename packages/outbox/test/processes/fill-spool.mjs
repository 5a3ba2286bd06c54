// A failover on a small disk: keeps jobs until the disk is full. Then there is space again, and the broker comes back.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { memory } from "@jobs/adapter-memory";
import { sqlite } from "@jobs/adapter-sqlite";
import { BrokerUnavailableError, createApp, defineTask } from "@jobs/core";
import { failover } from "@jobs/outbox";

const mail = defineTask("mail", { text: "string" });
const target = memory();
const spool = sqlite({ file: join(process.argv[2], "spool.db"), synchronous: "normal" });
let isAway = true;

const broker = {
  ...target,
  async openQueue(name) {
    const queue = await target.openQueue(name);
    return {
      ...queue,
      async send(messages, options) {
        if (isAway) throw new BrokerUnavailableError({ broker: "memory" }, "it is away.");
        return queue.send(messages, options);
      },
    };
  },
};

// What others keep on the disk. The leases of jobs need some space, which a full disk may or may not have.
const others = join(process.argv[2], "others");
writeFileSync(others, Buffer.alloc(8 * 1024 * 1024));
const withSpool = failover(broker, { spool, onEvent: () => {} });
const app = createApp({ broker: withSpool, tasks: [mail] });
const text = "x".repeat(500_000);
let kept = 0;
let refusal;
while (refusal === undefined) {
  try {
    await app.enqueue(mail, { text });
    kept++;
  } catch ({ code, message }) {
    refusal = { code, message };
  }
}
rmSync(others);
isAway = false;
const queue = await target.openQueue("default");
while ((await withSpool.spoolStats()).waiting > 0) await new Promise((resolve) => setTimeout(resolve, 50));
const sent = (await queue.stats()).ready.n;
const { status } = await app.enqueue(mail, { text });
process.stdout.write(JSON.stringify({ kept, refusal, sent, again: status }));
await app.close();
