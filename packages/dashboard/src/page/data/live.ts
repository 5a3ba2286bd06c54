// The updates that the server sends, shared by all parts of the page.
import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { Overview } from "../../api/api-types.ts";
import { base, getAnswer, RequestError } from "./request.ts";

/** What is known from the updates so far. */
export interface Live {
  readonly overview: Overview | undefined;
  readonly status: "connecting" | "live" | "lost" | "signed-out";
  /** Counts updates, so that a part of the page can read again after some of them. */
  readonly ticks: number;
  /** Rates over all queues since the page was opened, oldest first. */
  readonly rates: readonly RateSample[];
  reconnect(): void;
}

/** How many jobs came and went a second, over all queues. */
export interface RateSample {
  /** ms since 1970. */
  readonly at: number;
  readonly entered: number | null;
  readonly left: number | null;
}

/** An hour of updates. */
const MOST_SAMPLES = 3_600;

const NOTHING: Live = { overview: undefined, status: "connecting", ticks: 0, rates: [], reconnect() {} };

const LiveContext = createContext<Live>(NOTHING);

/** Gives the updates to the parts inside. */
export const LiveProvider = LiveContext.Provider;

/** The latest update. A part that calls it is drawn again with each. */
export const useLive = (): Live => useContext(LiveContext);

/** Listens to the updates. For the outermost part alone, since it opens the connection. */
export function useLiveConnection(): Live {
  const [live, setLive] = useState(NOTHING);
  const [session, setSession] = useState(0);
  const reconnect = () => setSession((before) => before + 1);

  useEffect(() => {
    const ended = new AbortController();
    const show = (overview: Overview) => setLive((before) => withUpdate(before, overview));
    const setStatus = (status: Live["status"]) => setLive((before) => ({ ...before, status }));
    getAnswer<Overview>("overview", ended.signal).then(show, (error: unknown) => {
      if (error instanceof RequestError) setStatus(error.needsSignIn ? "signed-out" : "lost");
    });
    const source = new EventSource(`${base}/api/live`);
    source.addEventListener("overview", (event) => show(JSON.parse(event.data) as Overview));
    source.addEventListener("failed", () => setStatus("lost"));
    // A browser tries again by itself after an interruption, but not after an answer that is an error.
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return setStatus("lost");
      getAnswer("overview", ended.signal).catch((error: unknown) => {
        if (error instanceof RequestError) setStatus(error.needsSignIn ? "signed-out" : "lost");
      });
    });
    const wake = () => {
      if (source.readyState === EventSource.CLOSED && !document.hidden) reconnect();
    };
    for (const type of ["focus", "online"]) addEventListener(type, wake, { signal: ended.signal });
    return () => {
      ended.abort();
      source.close();
    };
  }, [session]);

  return { ...live, reconnect };
}

function withUpdate(before: Live, overview: Overview): Live {
  const sample: RateSample = {
    at: overview.at,
    entered: totalOf(overview.queues.map(({ inRate }) => inRate)),
    left: totalOf(overview.queues.map(({ outRate }) => outRate)),
  };
  const rates = [...before.rates, sample].slice(-MOST_SAMPLES);
  return { ...before, overview, status: "live", ticks: before.ticks + 1, rates };
}

/** The sum of what is known; `null` if nothing is. */
export function totalOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
