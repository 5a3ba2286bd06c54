// A worker process of a host that was created in code. It loads the app in its orders and runs a worker.
import { once } from "node:events";
import type { App } from "@jobs/core";
import { applySettings, graceOf } from "./apply-settings.ts";
import { importModule } from "./import-module.ts";
import type { ChildOrders } from "./process/host-messages.ts";
import { serveHost } from "./process/serve-host.ts";

const [orders] = (await once(process, "message")) as [ChildOrders];
const app = (await importModule(orders.app)).default as App;
await applySettings(app, orders.app);
await serveHost({
  worker: app.worker(orders.worker),
  observe: (observer) => app.observe(observer),
  graceMs: graceOf(app, orders.worker ?? {}),
  recycle: orders.recycle ?? {},
});
await app.close();
// A handler that never returns, or a driver's idle socket, must not keep the process alive.
process.exit(0);
