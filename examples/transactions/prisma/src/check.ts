// Does on a database what the test beside this project expects, and prints what became of it as one line of JSON:
// `node dist/check.js URL SCHEMA JOBS-SCHEMA`. In the jobs' schema a job with the id `refused` cannot be stored.
import { postgres, postgresResults } from "@jobs/adapter-postgres";
import { type App, createApp, handle } from "@jobs/core";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "./generated/client.ts";
import { payByPrisma, placeOrder } from "./place-order.ts";
import { payOrder, sendReceipt } from "./tasks.ts";

const [url = "", schema = "", jobsSchema = ""] = process.argv.slice(2);
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }, { schema }) });
const sent: number[] = [];
const app = createApp({
  broker: postgres({ url, schema: jobsSchema }),
  results: postgresResults({ url, schema: jobsSchema }),
  tasks: [sendReceipt, payOrder],
  handlers: [...payByPrisma(prisma), handle(sendReceipt, ({ order }) => void sent.push(order))],
});

/** An app whose enqueue fails after it has stored the job. */
const failing = {
  enqueue: async (...args: Parameters<App["enqueue"]>) => {
    await app.enqueue(...args);
    throw new Error("no card");
  },
} as Pick<App, "enqueue">;

/** The code and the message of a failure, and the message of its cause. */
async function failureOf(call: Promise<unknown>): Promise<readonly string[]> {
  try {
    await call;
    return [];
  } catch (thrown) {
    const { code = "", message, cause } = thrown as Error & { readonly code?: string };
    return [code, message, cause instanceof Error ? cause.message : ""];
  }
}

const send = (transaction: object, id?: string) =>
  app.enqueue(sendReceipt, { order: 3 }, { transaction, ...(id === undefined ? {} : { id }) });

await placeOrder(app, prisma, 1);
const rolledBack = await failureOf(placeOrder(failing, prisma, 2));
const twice = await failureOf(placeOrder(app, prisma, 1));
let refused: readonly string[] = [];
let ended: object = {};
await prisma.$transaction(async (tx) => {
  refused = await failureOf(send(tx, "refused"));
  await tx.order.create({ data: { id: 3 } });
  await send(tx);
  ended = tx;
});
let failed: readonly string[] = [];
const spoiled = prisma.$transaction(async (tx) => {
  await tx.$queryRaw`SELECT 1 / 0`.catch(() => undefined);
  failed = await failureOf(send(tx));
  throw new Error("rolled back");
});
await failureOf(spoiled);
const { id } = await app.enqueue(payOrder, { order: 1 });
// There is no order 5: the database refuses its payment at the commit.
await app.enqueue(payOrder, { order: 5 }, { maxAttempts: 1 });
const { succeeded, retried, dead } = await app.worker({ until: { type: "drained" }, concurrency: 1 }).run();
const seen = {
  orders: (await prisma.order.findMany({ orderBy: { id: "asc" } })).map((order) => order.id),
  payments: (await prisma.payment.findMany()).map(({ orderId }) => orderId),
  sent,
  worker: { succeeded, retried, dead },
  result: await app.result(id),
  failures: {
    rolledBack,
    twice: twice.length > 0,
    refused,
    failed,
    ended: await failureOf(send(ended)),
    root: await failureOf(send(prisma)),
  },
};
process.stdout.write(`${JSON.stringify(seen)}\n`);
await app.close();
await prisma.$disconnect();
