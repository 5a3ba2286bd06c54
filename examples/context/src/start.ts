import { parseArgs } from "node:util";
import { createShopApp } from "./app.ts";
import { BROKER_KINDS, chooseBroker } from "./choose-broker.ts";
import { placeOrder } from "./tasks.ts";
import { Warehouse } from "./warehouse.ts";

/** Exit status for a command line that cannot be read, the same as of the jobs command. */
const USAGE = 2;

const ORDERS = [
  { shop: "north", order: 1, card: "good" },
  { shop: "south", order: 2, card: "declined" },
  { shop: "north", order: 3, card: "silent" },
  { shop: "south", order: 4, card: "good" },
];

/** Places some orders, runs their jobs, and shows the results. Resolves with the status of the process. */
export async function start(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { broker: { type: "string", default: "sqlite" } },
  });
  const broker = chooseBroker(values.broker);
  if (broker === undefined) {
    process.stderr.write(`--broker is one of ${BROKER_KINDS.join(", ")}.\n`);
    return USAGE;
  }
  const warehouse = new Warehouse();
  const orderOf = new Map<string, number>();
  const listen = (step: string, { id }: { readonly id: string }) =>
    say(`order ${orderOf.get(id) ?? "?"}: ${step}`);
  await using app = createShopApp(warehouse, listen).with({ broker });
  for (const { shop, ...params } of ORDERS) {
    const { id } = await app.enqueue(placeOrder, params, { headers: { shop } });
    orderOf.set(id, params.order);
  }
  const { succeeded, dead } = await app.worker({ until: { type: "settled", jobs: ORDERS.length } }).run();
  say(
    `\n${succeeded} succeeded, ${dead} set aside, ${warehouse.openUnits} units of work left open. In the books:`,
  );
  for (const { shop, text } of warehouse.books) say(`  ${shop}: ${text}`);
  return warehouse.openUnits === 0 ? 0 : 1;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
