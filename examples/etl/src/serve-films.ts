import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";

/** A server of films on this machine. */
export interface FilmServer extends AsyncDisposable {
  /** The value for INPUT. */
  readonly url: string;
}

/** The data set's file. */
export const FILMS_FILE = createRequire(import.meta.url).resolve("vega-datasets/data/movies.json");

/** Serves the films as one JSON array over loopback HTTP, on a free port. */
export async function serveFilms(): Promise<FilmServer> {
  const films = await readFile(FILMS_FILE);
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json").end(films);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/films.json`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
