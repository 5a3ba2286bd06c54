import { type Clock, describeThrown, keepAliveClock, sleep } from "@jobs/core/runtime";
import { maskText } from "../output/mask-secrets.ts";
import type { PassedLimit, StatsLimit } from "./limits.ts";

/** The JSON body that a webhook gets. A change that could break a reader changes `schema`. */
export interface LimitAlert {
  readonly schema: "jobs.alert/1";
  /** ISO 8601. */
  readonly at: string;
  /** Kind of the broker. */
  readonly broker: string;
  /** One sentence for people, as the command prints it. Chat services show a field of this name. */
  readonly text: string;
  /** What is over its limit: jobs, or ms for `oldest`. */
  readonly passed: readonly {
    readonly queue: string;
    readonly what: StatsLimit["what"];
    readonly found: number;
    readonly max: number;
  }[];
}

/** Time limit of one try, in ms. */
const TRY_MS = 5_000;

/** Waits before the second and the third try, in ms. */
const PAUSES_MS = [500, 2_000] as const;

/** The alert for exceeded limits. It names queues and numbers, and nothing of a job. */
export function limitAlert(broker: string, text: string, passed: readonly PassedLimit[]): LimitAlert {
  const listed = passed.map(({ queue, what, found, max }) => ({ queue, what, found, max }));
  return { schema: "jobs.alert/1", at: new Date().toISOString(), broker, text, passed: listed };
}

/** What came of sending an alert. `reason` never contains the URL, which may hold a token. */
export type Delivered = { readonly status: "sent" } | { readonly status: "failed"; readonly reason: string };

/**
 * Posts an alert, three times at most. A redirect is not followed, since it could lead into a private network. A
 * refusal by 4xx is final, but for 408 and 429.
 */
export async function postAlert(url: URL, alert: LimitAlert, clock = keepAliveClock): Promise<Delivered> {
  for (const pauseMs of [...PAUSES_MS, undefined]) {
    const tried = await tryPost(url, JSON.stringify(alert), clock);
    if (tried.status === "sent" || tried.isFinal || pauseMs === undefined) return tried;
    await sleep(clock, pauseMs);
  }
  return { status: "sent" };
}

type Tried = Delivered & { readonly isFinal?: boolean };

async function tryPost(url: URL, body: string, clock: Clock): Promise<Tried> {
  const late = new AbortController();
  const cancel = clock.schedule(TRY_MS, () => late.abort());
  try {
    const answer = await fetch(withoutUser(url), {
      method: "POST",
      headers: { "content-type": "application/json", ...authorization(url) },
      body,
      redirect: "manual",
      signal: late.signal,
    });
    // The answer is not read: nothing in it changes what the command does.
    await answer.body?.cancel();
    if (answer.ok) return { status: "sent" };
    return { status: "failed", reason: `it answers ${answer.status}`, isFinal: isFinal(answer.status) };
  } catch (error) {
    const reason = late.signal.aborted ? `no answer within ${TRY_MS / 1_000} s` : reasonOf(error);
    return { status: "failed", reason };
  } finally {
    cancel();
  }
}

function isFinal(status: number): boolean {
  return status < 500 && status !== 408 && status !== 429;
}

function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return typeof cause?.code === "string" ? cause.code : maskText(describeThrown(error));
}

/** `fetch` refuses a URL with a user and a password. */
function withoutUser(url: URL): URL {
  const plain = new URL(url);
  plain.username = "";
  plain.password = "";
  return plain;
}

function authorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}
