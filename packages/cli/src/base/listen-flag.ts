import { CliError } from "../output/cli-error.ts";
import { Flags } from "./oclif.ts";

/** Where to listen. */
export interface ListenAddress {
  /** Default: loopback, so that other machines see the pages only on request. */
  readonly host: string;
  /** 0 lets the system choose; the log contains the chosen port. */
  readonly port: number;
}

const WRITTEN = /^(?:(?<host>[\w.-]+|\[[\da-f:.]+\]):)?(?<port>\d{1,5})$/i;
const HIGHEST_PORT = 65_535;

const LOOPBACK = "127.0.0.1";

/** `8080`, `0.0.0.0:8080` or `[::]:8080`; `undefined` for anything else. */
export function parseListenAddress(written: string): ListenAddress | undefined {
  const { host = LOOPBACK, port = "" } = WRITTEN.exec(written)?.groups ?? {};
  if (port === "" || Number(port) > HIGHEST_PORT) return undefined;
  return { port: Number(port), host: host.replace(/^\[|\]$/g, "") };
}

/** A flag for where to listen. */
export const listenFlag = Flags.custom<ListenAddress>({
  helpValue: "[HOST:]PORT",
  parse: async (written) => {
    const address = parseListenAddress(written);
    if (address === undefined) throw new CliError("usage", "must be a port, or host:port.");
    return address;
  },
});
