import { useCallback, useEffect, useState } from "preact/hooks";
import { useLive } from "./live.ts";
import { getAnswer, RequestError } from "./request.ts";

/** The answer of a route, as it was read last. */
export interface Answered<T> {
  /** `undefined` until it is there. */
  readonly answer: T | undefined;
  readonly error: RequestError | undefined;
  /** Reads again, for example after an action. */
  reload(): void;
}

/** What has been read, and the route it came from: an answer of another route is never shown. */
interface Read<T> {
  readonly path: string;
  readonly answer?: T;
  readonly error?: RequestError;
}

/**
 * Reads a route when it is first shown, and again after each `every` updates of the server, while anybody looks.
 * @param every Default 3, which is about 3 s; 0 reads once.
 */
export function useAnswer<T>(path: string, every = 3): Answered<T> {
  const { ticks, status } = useLive();
  const [read, setRead] = useState<Read<T>>({ path });
  const [reloads, setReloads] = useState(0);
  const round = every === 0 ? 0 : Math.floor(ticks / every);

  // It reads again after a round of updates, and when somebody asks.
  useEffect(() => {
    if (document.hidden && round > 0) return;
    const ended = new AbortController();
    getAnswer<T>(path, ended.signal).then(
      (answer) => setRead({ path, answer }),
      (error: unknown) => {
        if (!(error instanceof RequestError)) return;
        setRead((before) => (before.path === path ? { ...before, error } : { path, error }));
      },
    );
    return () => ended.abort();
  }, [path, round, reloads, status === "signed-out"]);

  const reload = useCallback(() => setReloads((before) => before + 1), []);
  return read.path === path
    ? { answer: read.answer, error: read.error, reload }
    : { answer: undefined, error: undefined, reload };
}
