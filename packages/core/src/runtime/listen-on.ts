import type { Server } from "node:net";
import { ConfigError } from "../errors/config-errors.ts";

/**
 * Resolves when a server listens. `port` 0 lets the system choose. A later error of the server means too few descriptors
 * for a connection. Later ones may succeed, so it is ignored instead of ending the process.
 * @throws ConfigError when the address cannot be listened on
 */
export function listenOn(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      reject(
        new ConfigError(`${host}:${port} cannot be listened on: ${cause.code ?? cause.message}.`, {
          cause,
          hint: "Choose another port, or end what holds it.",
        }),
      );
    });
    server.listen({ host, port }, () => {
      server.removeAllListeners("error").on("error", () => {});
      resolve();
    });
  });
}
