import { createApp, defineTask, handle, type JobContext } from "@jobs/core";

export const charge = defineTask("charge", { order: "integer", cents: "integer" }, { maxAttempts: 3 });
export const ship = defineTask("ship", { order: "integer", label: "string?" }, { queue: "warehouse" });
export const mail = defineTask("send_email", { to: "string", subject: "string" }, { queue: "mail" });

/** The app that all tests of this package share, like the tests of a user. */
export const app = createApp({
  queuePrefix: "shop-",
  tasks: [charge, ship, mail],
  handlers: [
    handle(charge, async ({ order, cents }, ctx: JobContext) => {
      if (cents <= 0) throw new RangeError("nothing to charge");
      await ctx.enqueue(ship, { order });
      return { paid: cents };
    }),
    handle(ship, async ({ order }, ctx) => {
      await ctx.enqueue(mail, { to: "a@b.c", subject: `Order ${order} is on its way` }, { delayMs: 60_000 });
    }),
    handle(mail, () => {}),
  ],
});
