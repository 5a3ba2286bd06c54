import { memory } from "@jobs/adapter-memory";
import { createApp, defineTask, handle } from "@jobs/core";
import { openTelemetry } from "@jobs/opentelemetry";
import { trace } from "@opentelemetry/api";

/** Takes an order. Its first run fails. */
export const takeOrder = defineTask("take_order", { item: "string" }, { maxAttempts: 3, backoff: 10 });

/** Puts the goods of an order into a parcel. */
const pack = defineTask("pack", { item: "string" }, { queue: "store" });

/** Writes to the customer. */
const sendMail = defineTask("send_mail", { subject: "string" }, { queue: "mails" });

const tracer = trace.getTracer("shop");

/** Reserves goods, in a span of its own. */
async function reserve(item: string, attempt: number): Promise<void> {
  await tracer.startActiveSpan("reserve", async (span) => {
    try {
      if (attempt === 1) throw new Error(`${item}: the store does not answer`);
    } finally {
      span.end();
    }
  });
}

// #region app
export const app = createApp({
  broker: memory(),
  tasks: [takeOrder, pack, sendMail],
  handlers: [
    handle(takeOrder, async ({ item }, ctx) => {
      await reserve(item, ctx.attempt);
      await ctx.enqueue(pack, { item });
    }),
    handle(pack, ({ item }, ctx) => ctx.enqueue(sendMail, { subject: `Your ${item} is on its way` })),
    handle(sendMail, () => {}),
  ],
  instrumentation: openTelemetry(),
});
// #endregion
