import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { capText, describeThrown, listenOn } from "@jobs/core/runtime";
import type { ListenAddress } from "../../base/listen-flag.ts";
import { maskText } from "../../output/mask-secrets.ts";

/** What a page may depend on. */
export interface PageRequest {
  /** The header `Accept`. */
  readonly accept: string | undefined;
}

/** The answer for a path. It is made for each request. */
export interface Page {
  /** 200, or 503 for "no". */
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Pages by path. */
export type Pages = Readonly<Record<string, (request: PageRequest) => Page | Promise<Page>>>;

/** A running server. */
export interface PageServer {
  /** `http://host:port`, for the log. */
  readonly url: string;
  close(): void;
}

/** Probes and scrapers need few connections. A client with more is broken or hostile. */
const MOST_CONNECTIONS = 64;

/** The longest head of a request, in bytes. */
const LONGEST_HEAD = 8 * 1024;

/** Time limit for a request to arrive, for an idle connection, and for reading an answer, in ms. */
const PATIENCE_MS = 5_000;

/**
 * Serves a few read-only pages, at bounded cost: few connections, short heads, no bodies, little time. With too many
 * connections the oldest is closed, so that a probe always gets through.
 * @throws ConfigError when the address cannot be listened on.
 */
export async function servePages(address: ListenAddress, pages: Pages): Promise<PageServer> {
  const limits = {
    maxHeaderSize: LONGEST_HEAD,
    headersTimeout: PATIENCE_MS,
    requestTimeout: PATIENCE_MS,
    keepAliveTimeout: PATIENCE_MS,
    connectionsCheckingInterval: 1_000,
  };
  const server = createServer(limits, async (request, response) => {
    const { status, type, body } = await answerTo(request, pages);
    if (response.destroyed) return;
    // A body is not read, since it may never end.
    const isRead = isReadOnly(request) && !hasBody(request);
    response.writeHead(status, {
      "content-type": type,
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      ...(isRead ? {} : { connection: "close" }),
    });
    response.end(request.method === "HEAD" ? undefined : body, () => isRead || request.socket.destroySoon());
    if (!isRead) request.pause();
  });
  server.setTimeout(PATIENCE_MS, (socket) => socket.destroy());
  limitConnections(server);
  await listenOn(server, address);
  return {
    url: urlOf(server.address() as AddressInfo),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answerTo(request: IncomingMessage, pages: Pages): Promise<Page> {
  if (!isReadOnly(request)) return NOT_ALLOWED;
  if (hasBody(request)) return NO_BODY;
  const [path = ""] = (request.url ?? "").split("?", 1);
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  try {
    return (await page?.({ accept: request.headers.accept })) ?? NOT_FOUND;
  } catch (error) {
    return { status: 500, type: "text/plain", body: `${maskText(capText(describeThrown(error)))}\n` };
  }
}

function isReadOnly({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function limitConnections(server: Server): void {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    const [oldest] = sockets;
    if (sockets.size > MOST_CONNECTIONS) {
      if (oldest !== undefined) sockets.delete(oldest);
      oldest?.destroy();
    }
  });
}

const NOT_FOUND: Page = { status: 404, type: "text/plain", body: "not found\n" };
const NO_BODY: Page = { status: 413, type: "text/plain", body: "no body\n" };
const NOT_ALLOWED: Page = { status: 405, type: "text/plain", body: "only GET\n" };

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}
