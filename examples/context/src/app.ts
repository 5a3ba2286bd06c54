import { type App, createApp, handle } from "@jobs/core";
import { charge } from "./bank.ts";
import { placeOrder } from "./tasks.ts";
import { type ContextListener, currentUnit, UnitExecutor } from "./unit-executor.ts";
import { Warehouse } from "./warehouse.ts";

/** The app on a warehouse of its own. */
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

/** Far below the handler, and nobody passed the unit of work down. */
function reserveGoods(order: number): void {
  currentUnit().write(`goods of order ${order} are reserved`);
}

// The broker comes from outside: JOBS_BROKER, else SQLite beside jobs.config.ts.
export default createShopApp(new Warehouse());
