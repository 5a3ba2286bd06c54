// Requests to the routes of the dashboard.
import type { Action, ActionAnswer } from "../../api/action-types.ts";
import type { ErrorAnswer, Limit, Possible } from "../../api/api-types.ts";

/** The path that all addresses begin with; empty at the root of a server. */
export const base = document.documentElement.dataset.base ?? "";

/** An answer that is an error, in words for a person. */
export class RequestError extends Error {
  /** HTTP status; 0 when the server could not be reached. */
  readonly status: number;
  readonly hint: string | undefined;

  constructor(status: number, message: string, hint?: string) {
    super(message);
    this.status = status;
    this.hint = hint;
  }

  /** Whether a token is needed first. */
  get needsSignIn(): boolean {
    return this.status === 401;
  }
}

/** Reads a route. @throws RequestError */
export async function getAnswer<T>(path: string, signal?: AbortSignal): Promise<T> {
  return request<T>(path, signal === undefined ? {} : { signal });
}

/** Does something. @throws RequestError, also for a viewer who may not */
export function sendAction(action: Action): Promise<ActionAnswer> {
  return request<ActionAnswer>("actions", { method: "POST", body: JSON.stringify(action) });
}

/** Exchanges a token for a cookie that no script can read. @throws RequestError for a wrong one */
export function signIn(token: string): Promise<unknown> {
  return request("session", { method: "POST", body: JSON.stringify({ token }) });
}

/** Forgets the cookie. */
export function signOut(): Promise<unknown> {
  return request("session", { method: "DELETE" });
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  const headers = { accept: "application/json", "content-type": "application/json" };
  const response = await fetch(`${base}/api/${path}`, { ...init, headers }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new RequestError(0, "The server of the dashboard does not answer.", "Is it still running?");
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body as T;
  const { error } = (body ?? {}) as Partial<ErrorAnswer>;
  throw new RequestError(
    response.status,
    error?.message ?? `The server answered ${response.status}.`,
    error?.hint,
  );
}

/** Why a part of an answer is missing; `undefined` if it is there. */
export function limitOf(part: Possible<unknown>): Limit | undefined {
  return typeof part === "object" && part !== null && "unsupported" in part
    ? (part.unsupported as Limit)
    : undefined;
}

/** A part of an answer; `undefined` where it is not possible. */
export function partOf<T>(part: Possible<T>): T | undefined {
  return limitOf(part) === undefined ? (part as T) : undefined;
}
