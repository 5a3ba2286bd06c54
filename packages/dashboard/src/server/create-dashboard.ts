import { isJobsError } from "@jobs/core";
import type { MessageState } from "@jobs/core/broker";
import { type Clock, keepAliveClock } from "@jobs/core/runtime";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { AppInfo, ErrorAnswer, Overview, QueueDetail } from "../api/api-types.ts";
import { readAction, RefusedAction, runAction, targetOf } from "./actions.ts";
import { createAuditLog } from "./audit-log.ts";
import { type DashboardOptions, type DashboardSettings, dashboardSettings } from "./dashboard-options.ts";
import { groupDead, listSignatures } from "./dead-letters.ts";
import { type Access, createGuard, type Guard, isRefusal, type Refusal } from "./guard.ts";
import { readJob } from "./job-detail.ts";
import { NO_HISTORY, orLimit } from "./limits.ts";
import { createLiveUpdates } from "./live-updates.ts";
import { createQueueReader, describeApp, isKnownQueue } from "./overview.ts";
import { createPageFiles, SECURITY_HEADERS } from "./page-files.ts";
import { readPage, STATES } from "./stored-jobs.ts";

/** A dashboard as a handler of web requests, which any server can mount. */
export interface Dashboard {
  /** Answers a request whose path begins with `basePath`. It never rejects. */
  fetch(request: Request): Promise<Response>;
  /** Ends the updates of all viewers. The app stays open. */
  close(): Promise<void>;
}

/** The largest body of a request, in bytes. */
const LARGEST_BODY = 1024 * 1024;

type Env = { Variables: { access: Access } };

/**
 * Creates a dashboard of an app.
 * @throws ConfigError for options that cannot be used
 */
export function createDashboard(options: DashboardOptions): Dashboard {
  const settings = dashboardSettings(options);
  const clock = keepAliveClock;
  const guard = createGuard(settings, { clock });
  const { basePath } = settings;
  const page = createPageFiles(new URL("../../dist/page/", import.meta.url), basePath);
  const { routes, close } = apiRoutes(settings, guard, clock);
  const server = new Hono<Env>({ strict: false });
  server.use(async (context, next) => {
    const refusal = guard.refuseOrigin(context.req.raw);
    if (refusal !== undefined) context.res = refuse(context, refusal);
    else await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) context.res.headers.set(name, value);
  });
  server.route(`${basePath}/api`, routes);
  server.get(`${basePath}/*`, async (context) => {
    const path = context.req.path.slice(basePath.length);
    return (await page.file(path)) ?? page.document();
  });
  server.notFound((context) => context.json(NOT_FOUND, 404));
  server.onError((error, context) => failed(context, error));
  return {
    fetch: async (request) => server.fetch(request),
    async close() {
      close();
    },
  };
}

function apiRoutes(settings: DashboardSettings, guard: Guard, clock: Clock) {
  const { app } = settings;
  const audit = createAuditLog(app, clock);
  const reader = createQueueReader({ app, clock, readMinutes: async () => ({ unsupported: NO_HISTORY }) });
  const live = createLiveUpdates(reader.read, clock);
  const info = (access: Access): AppInfo =>
    describeApp(app, {
      role: access.role,
      mayShowParams: settings.showParams && access.role === "act",
      limits: [],
    });
  const api = new Hono<Env>();
  api.use(bodyLimit({ maxSize: LARGEST_BODY, onError: (context) => context.json(TOO_LARGE, 413) }));
  sessionRoutes(api, guard);
  api.use(async (context, next) => {
    const access = guard.identify(context.req.raw);
    if (isRefusal(access)) return refuse(context, access);
    context.set("access", access);
    await next();
    context.res.headers.set("cache-control", "no-store");
    return undefined;
  });
  const mayAct = (context: Context<Env>) => context.get("access").role === "act";

  api.get("/overview", async (context) => {
    const overview: Overview = { app: info(context.get("access")), ...(await reader.read()) };
    return context.json(overview);
  });
  api.get("/live", (context) => {
    const app = info(context.get("access"));
    return live.open((reading): Overview => ({ app, ...reading }));
  });
  api.get("/queues/:name", async (context) => {
    const name = context.req.param("name");
    if (!isKnownQueue(app, name)) return context.json(NOT_FOUND, 404);
    const asked = context.req.query("state");
    const state: MessageState = STATES.find((one) => one === asked) ?? "ready";
    const cursor = context.req.query("cursor");
    const queue = await app.queue(name);
    const place = { name, state, broker: app.broker?.kind ?? "this broker" };
    const detail: QueueDetail = {
      queue: await reader.readQueue(name),
      state,
      page: await readPage(queue, { ...place, ...(cursor === undefined ? {} : { cursor }) }),
    };
    return context.json(detail);
  });
  api.get("/jobs/:id", async (context) => {
    const areParamsShown =
      context.req.query("params") === "1" && info(context.get("access")).mayShowParams;
    return context.json(await readJob(app, context.req.param("id"), { areParamsShown }));
  });
  api.get("/dead", async (context) => {
    const queue = context.req.query("queue");
    if (queue !== undefined && !isKnownQueue(app, queue)) return context.json(NOT_FOUND, 404);
    return context.json(await groupDead(app, queue));
  });
  api.get("/signatures", async (context) => context.json(await listSignatures(app)));
  api.get("/workers", async (context) => context.json({ workers: await orLimit("workers", app.workers()) }));
  api.get("/schedules", async (context) =>
    context.json({ schedules: await orLimit("schedules", app.schedules.list()) }),
  );
  api.get("/audit", async (context) => context.json({ entries: await audit.read() }));
  api.post("/actions", async (context) => {
    const { who } = context.get("access");
    if (!mayAct(context)) return refuse(context, VIEW_ONLY);
    const action = readAction(app, await context.req.json());
    const write = (outcome: string) =>
      audit.write({ who, action: action.action, target: targetOf(action), outcome });
    try {
      const answer = await runAction(app, action);
      await write(`done: ${answer.done}, refused: ${answer.refused.length}`);
      return context.json(answer);
    } catch (error) {
      await write(isJobsError(error) ? `failed: ${error.code}` : "failed");
      throw error;
    }
  });
  return { routes: api, close: live.close };
}

/** Signing in and out. They come before the check of who asks. */
function sessionRoutes(api: Hono<Env>, guard: Guard): void {
  api.post("/session", async (context) => {
    const body: unknown = await context.req.json();
    const token = typeof body === "object" && body !== null && "token" in body ? body.token : undefined;
    const isSecure = new URL(context.req.url).protocol === "https:";
    const cookie = guard.signIn(typeof token === "string" ? token : "", isSecure);
    if (typeof cookie !== "string") return refuse(context, cookie);
    return context.json({ done: 1 }, 200, { "set-cookie": cookie });
  });
  api.delete("/session", (context) =>
    context.json({ done: 1 }, 200, { "set-cookie": guard.signOut(context.req.raw) }),
  );
}

const NOT_FOUND: ErrorAnswer = { error: { code: "not_found", message: "there is nothing here." } };
const TOO_LARGE: ErrorAnswer = { error: { code: "too_large", message: "the body is larger than 1 MiB." } };
const NO_JSON: ErrorAnswer = { error: { code: "not_json", message: "the body is not JSON." } };
const VIEW_ONLY: Refusal = { status: 403, code: "view_only", message: "you may look, but not change." };

function refuse(context: Context, { status, code, message }: Refusal): Response {
  const answer: ErrorAnswer = { error: { code, message } };
  return context.json(answer, status);
}

/** An error as JSON. Its stack is never shown, since it shows paths of the machine. */
function failed(context: Context, error: Error): Response {
  if (error instanceof SyntaxError) return context.json(NO_JSON, 400);
  if (error instanceof RefusedAction)
    return context.json({ error: { code: "refused", message: error.message } } satisfies ErrorAnswer, 400);
  if (!isJobsError(error)) {
    const answer: ErrorAnswer = { error: { code: "internal", message: "the dashboard failed." } };
    return context.json(answer, 500);
  }
  const { code, message, hint } = error;
  const answer: ErrorAnswer = { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
  return context.json(answer, STATUS_OF[code] ?? 400);
}

const STATUS_OF: Readonly<Record<string, 404 | 409 | 503>> = {
  queue_not_found: 404,
  unsupported: 409,
  broker_unavailable: 503,
};
