import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { ConfigError } from "@jobs/core";
import { listenOn, optionRules, optionsCheck } from "@jobs/core/runtime";
import { createDashboard, type Dashboard } from "./create-dashboard.ts";
import { type DashboardOptions, dashboardSettings } from "./dashboard-options.ts";

/** Where a dashboard listens. */
export interface ListenOptions {
  /** Address to listen on. Default `127.0.0.1`; any other needs tokens. */
  readonly host?: string;
  /** Port; 0 takes a free one. Default 7710. */
  readonly port?: number;
  /** Time limit for a request to arrive, in ms: slow ones would hold connections. Default 10,000. */
  readonly requestTimeoutMs?: number;
}

/** Handles a request of a server of Node. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * A dashboard as a listener of Node's own servers, which Express and Fastify can mount. It must come before what reads
 * bodies, and get the whole path.
 */
export function dashboardListener(dashboard: Dashboard): NodeListener {
  return getRequestListener((request) => dashboard.fetch(request));
}

/** A running dashboard. */
export interface DashboardServer {
  /** `http://host:port` with the base path. */
  readonly url: string;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Addresses that only this machine reaches. */
const LOCAL = new Set(["127.0.0.1", "::1", "localhost"]);

const DEFAULT_PORT = 7710;

const REQUEST_MS = 10_000;

/** People and their pages need few connections, in numbers. */
const MOST_CONNECTIONS = 512;

const checkListen = optionsCheck<ListenOptions>({
  host: optionRules.text,
  port: optionRules.whole(0, 65_535),
  requestTimeoutMs: optionRules.timerMs(1),
});

/**
 * Serves a dashboard over HTTP. Put a proxy with TLS before it where others reach it.
 * @throws ConfigError for options that cannot be used, for an address of other machines without tokens, and when the
 * address cannot be listened on
 */
export async function serveDashboard(
  options: DashboardOptions,
  listen: ListenOptions = {},
): Promise<DashboardServer> {
  checkListen(listen, "serveDashboard");
  const { host = "127.0.0.1", port = DEFAULT_PORT, requestTimeoutMs = REQUEST_MS } = listen;
  const { tokens, basePath } = dashboardSettings(options);
  if (!LOCAL.has(host) && tokens.length === 0) {
    throw new ConfigError(`serveDashboard: ${host} can be reached from other machines, so it needs tokens.`, {
      hint: "Pass tokens: [{ name, token }], or listen on 127.0.0.1.",
    });
  }
  const dashboard = createDashboard(options);
  const limits = {
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.min(1_000, requestTimeoutMs),
    maxHeaderSize: 16 * 1024,
  };
  const server = createServer(limits, dashboardListener(dashboard));
  server.maxConnections = MOST_CONNECTIONS;
  await listenOn(server, { host, port });
  const { port: taken } = server.address() as AddressInfo;
  const name = isIPv6(host) ? `[${host}]` : host;
  return {
    url: `http://${name}:${taken}${basePath}`,
    async close() {
      await dashboard.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
