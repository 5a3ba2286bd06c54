import { type App, createApp, handle } from "@jobs/core";
import { charge } from "./bank.ts";
import { placeOrder } from "./tasks.ts";
import { type ContextListener, currentUnit, UnitExecutor } from "./unit-executor.ts";
import { Warehouse } from "./warehouse.ts";

/** The app with its own warehouse. */
export function createShopApp(warehouse: Warehouse, listen?: ContextListener): App<[typeof placeOrder]> {
  return createApp({
    tasks: [placeOrder],
    handlers: [
      // #region handler
      handle(placeOrder, async ({ order, card }, ctx) => {
        reserveGoods(order);
        await charge(card, ctx.signal);
        currentUnit().write(`order ${order} is paid`);
      }),
      // #endregion handler
    ],
    executor: new UnitExecutor(warehouse, listen),
  });
}

/** Code below the handler finds the unit of work without a parameter. */
function reserveGoods(order: number): void {
  currentUnit().write(`goods of order ${order} are reserved`);
}

// The environment names the broker: JOBS_BROKER, else SQLite beside jobs.config.ts.
export default createShopApp(new Warehouse());
