// The dashboard of an app, as a handler for any server and as a server of its own.

export { createDashboard, type Dashboard } from "./server/create-dashboard.ts";
export type { DashboardOptions, DashboardToken } from "./server/dashboard-options.ts";
export {
  type DashboardServer,
  dashboardListener,
  type ListenOptions,
  type NodeListener,
  serveDashboard,
} from "./server/serve-dashboard.ts";
