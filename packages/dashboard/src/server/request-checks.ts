import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "@jobs/core/runtime";
import type { Role } from "../api/api-types.ts";
import type { DashboardSettings, DashboardToken } from "./dashboard-options.ts";

/** Who asks, and what they may do. */
export interface Access {
  /** Name of the token, or `local`. */
  readonly who: string;
  readonly role: Role;
}

/** A refused request. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 415 | 421 | 429;
  readonly code: string;
  readonly message: string;
}

/** Decides about requests before anything else looks at them. */
export interface RequestChecks {
  /** Why a request cannot come from the page or from a program of the user; `undefined` if it can. */
  refuseOrigin(request: Request): Refusal | undefined;
  /** Who asks; a refusal for somebody unknown. */
  identify(request: Request): Access | Refusal;
  /** A cookie for whoever has a token. @returns a refusal for a wrong token, and for too many of them */
  signIn(token: string, isSecure: boolean): string | Refusal;
  /** Forgets the session of a request. @returns the cookie that removes it */
  signOut(request: Request): string;
}

/** Names by which a browser on this machine reaches it. */
const LOCAL_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

const COOKIE = "jobs_dashboard";

/** How long a session lasts, in ms: a working day. */
const SESSION_MS = 12 * 3_600_000;

/** The most sessions; beyond it the oldest ends. */
const MOST_SESSIONS = 1_000;

/** So many wrong tokens may come in a minute. More are refused unread, so that nobody can try many. */
const WRONG_A_MINUTE = 10;

const MINUTE_MS = 60_000;

/** Creates a {@link RequestChecks}. */
export function createRequestChecks(
  { tokens, hosts, mode, basePath }: DashboardSettings,
  { clock }: { readonly clock: Clock },
): RequestChecks {
  const sessions = createSessions(clock);
  const attempts = createAttempts(clock);
  const known = tokens.map((token) => ({ ...token, digest: digestOf(token.token) }));
  const limited = (access: Access): Access => (mode === "read" ? { ...access, role: "view" } : access);
  const cookieEnd = `Path=${basePath === "" ? "/" : basePath}; HttpOnly; SameSite=Strict`;

  function isKnownHost(host: string): boolean {
    if (hosts !== undefined) return hosts.includes(host.toLowerCase());
    return known.length > 0 || LOCAL_HOST.test(host);
  }

  function ownerOf(token: string): DashboardToken | undefined {
    const digest = digestOf(token);
    // All are compared, so that the time does not show which one is similar.
    return known.filter((one) => timingSafeEqual(one.digest, digest))[0];
  }

  return {
    refuseOrigin(request) {
      const host = request.headers.get("host") ?? new URL(request.url).host;
      if (!isKnownHost(host)) return WRONG_HOST;
      return refuseOtherSite(request, host);
    },
    identify(request) {
      if (known.length === 0) return limited({ who: "local", role: "act" });
      const bearer = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
      if (bearer !== undefined) {
        if (attempts.areTooMany()) return TOO_MANY;
        const owner = ownerOf(bearer);
        if (owner !== undefined) return limited({ who: owner.name, role: owner.role ?? "act" });
        attempts.count();
      }
      const session = sessions.find(cookieOf(request));
      return session === undefined ? SIGN_IN : limited(session);
    },
    signIn(token, isSecure) {
      if (attempts.areTooMany()) return TOO_MANY;
      const owner = ownerOf(token);
      if (owner === undefined) {
        attempts.count();
        return WRONG_TOKEN;
      }
      const id = sessions.open({ who: owner.name, role: owner.role ?? "act" });
      return `${COOKIE}=${id}; ${cookieEnd}; Max-Age=${SESSION_MS / 1_000}${isSecure ? "; Secure" : ""}`;
    },
    signOut(request) {
      sessions.end(cookieOf(request));
      return `${COOKIE}=; ${cookieEnd}; Max-Age=0`;
    },
  };
}

/** Whether an access was refused. */
export function isRefusal(access: Access | Refusal): access is Refusal {
  return "status" in access;
}

const WRONG_HOST: Refusal = {
  status: 421,
  code: "wrong_host",
  message: "this server does not answer for that host. Add it to the dashboard's hosts.",
};
const OTHER_SITE: Refusal = { status: 403, code: "other_site", message: "another site sent this request." };
const NOT_JSON: Refusal = { status: 415, code: "not_json", message: "the body must be application/json." };
const SIGN_IN: Refusal = { status: 401, code: "sign_in", message: "a token is needed." };
const WRONG_TOKEN: Refusal = { status: 401, code: "wrong_token", message: "this token is not known." };
const TOO_MANY: Refusal = {
  status: 429,
  code: "too_many_tokens",
  message: "too many wrong tokens. Try again in a minute.",
};

/**
 * Pages of other sites may send requests with the cookies of this one. A browser names the site in headers that no page
 * can change. Programs that are no browsers send none of them.
 */
function refuseOtherSite(request: Request, host: string): Refusal | undefined {
  const site = request.headers.get("sec-fetch-site");
  const isNavigation = request.method === "GET" && request.headers.get("sec-fetch-mode") === "navigate";
  if (site !== null && site !== "same-origin" && site !== "none" && !isNavigation) return OTHER_SITE;
  const origin = request.headers.get("origin");
  if (origin !== null && hostOf(origin) !== host.toLowerCase()) return OTHER_SITE;
  if (request.method === "GET" || request.method === "HEAD") return undefined;
  // A form of another site cannot send this type without asking first.
  const type = request.headers.get("content-type") ?? "";
  return /^application\/json\s*(;|$)/i.test(type) ? undefined : NOT_JSON;
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function cookieOf(request: Request): string | undefined {
  const cookies = (request.headers.get("cookie") ?? "").split("; ");
  return cookies.find((one) => one.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

interface Session extends Access {
  readonly until: number;
}

/** Sessions by a random id. They end with the process. */
function createSessions(clock: Clock) {
  const sessions = new Map<string, Session>();
  return {
    open(access: Access): string {
      const id = randomBytes(32).toString("base64url");
      sessions.set(id, { ...access, until: clock.monotonic() + SESSION_MS });
      const [oldest] = sessions.keys();
      if (sessions.size > MOST_SESSIONS && oldest !== undefined) sessions.delete(oldest);
      return id;
    },
    find(id: string | undefined): Access | undefined {
      const session = sessions.get(id ?? "");
      if (session === undefined) return undefined;
      if (session.until > clock.monotonic()) return { who: session.who, role: session.role };
      sessions.delete(id ?? "");
      return undefined;
    },
    end(id: string | undefined): void {
      sessions.delete(id ?? "");
    },
  };
}

/** Counts wrong tokens of the last minute. */
function createAttempts(clock: Clock) {
  let times: number[] = [];
  return {
    count: () => void times.push(clock.monotonic()),
    areTooMany(): boolean {
      times = times.filter((at) => at > clock.monotonic() - MINUTE_MS);
      return times.length >= WRONG_A_MINUTE;
    },
  };
}
