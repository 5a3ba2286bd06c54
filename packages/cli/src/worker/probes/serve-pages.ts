import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigError } from "@jobs/core";
import type { ListenAddress } from "./listen-address.ts";

/** What is answered for a path, asked anew each time. */
export interface Page {
  /** 200, or 503 for "no". */
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Pages by path. */
export type Pages = Readonly<Record<string, () => Page>>;

/** A server under way. */
export interface PageServer {
  /** `http://host:port`, for the log. */
  readonly url: string;
  close(): void;
}

/** Serves a few read-only pages. @throws ConfigError when the address cannot be listened on. */
export async function servePages(address: ListenAddress, pages: Pages): Promise<PageServer> {
  const server = createServer((request, response) => {
    const page = Object.hasOwn(pages, request.url ?? "") ? pages[request.url ?? ""] : undefined;
    const isRead = request.method === "GET" || request.method === "HEAD";
    const { status, type, body } = isRead ? (page?.() ?? NOT_FOUND) : NOT_ALLOWED;
    response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
    response.end(request.method === "HEAD" ? undefined : body);
  });
  await listening(server, address);
  return {
    url: urlOf(server.address() as AddressInfo),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const NOT_FOUND: Page = { status: 404, type: "text/plain", body: "not found\n" };
const NOT_ALLOWED: Page = { status: 405, type: "text/plain", body: "only GET\n" };

function listening(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const at = host === undefined ? `port ${port}` : `${host}:${port}`;
      reject(
        new ConfigError(`${at} cannot be listened on: ${cause.code ?? cause.message}.`, {
          cause,
          hint: "Choose another port, or end what holds it.",
        }),
      );
    });
    server.listen(host === undefined ? { port } : { host, port }, resolve);
  });
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}
