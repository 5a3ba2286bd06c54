import { type App, isJobsError } from "@jobs/core";
import type { Clock } from "@jobs/core/runtime";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { AuditLog as AuditEntries } from "../api/action-types.ts";
import type {
  AppInfo,
  FlowDetail,
  JobList,
  Overview,
  QueueDetail,
  ScheduleList,
  ScheduleRow,
  WorkerList,
} from "../api/api-types.ts";
import { readAction, runAction, targetOf } from "./actions.ts";
import { type AuditLog, createAuditLog } from "./audit-log.ts";
import type { DashboardSettings } from "./dashboard-options.ts";
import { groupDead, listSignatures } from "./dead-letters.ts";
import { readFlow } from "./flow-graph.ts";
import { listJobs, readMinutes } from "./history-pages.ts";
import { readJob } from "./job-detail.ts";
import { appLimits, orLimit } from "./limits.ts";
import { createLiveUpdates } from "./live-updates.ts";
import { createQueueReader, describeApp, isKnownQueue, type QueueReader } from "./overview.ts";
import { NOT_FOUND, readState, refuse, TOO_LARGE, VIEW_ONLY } from "./refusals.ts";
import { type Access, isRefusal, type RequestChecks } from "./request-checks.ts";
import { readPage, STATES } from "./stored-jobs.ts";

/** What the routes know of a request. */
export interface ApiEnv {
  Variables: { access: Access };
}

type Api = Hono<ApiEnv>;

/** The largest body of a request, in bytes. */
const LARGEST_BODY = 1024 * 1024;

/** The routes below `<base>/api`, and what ends their streams. */
export function createApi(
  settings: DashboardSettings,
  checks: RequestChecks,
  clock: Clock,
): { readonly api: Api; close(): void } {
  const { app } = settings;
  const audit = createAuditLog(app, clock);
  const reader = createQueueReader({ app, clock, readMinutes: () => readMinutes(app, clock.now()) });
  const mayShowParams = ({ get }: Context<ApiEnv>) => settings.showParams && get("access").role === "act";
  const info = async (context: Context<ApiEnv>): Promise<AppInfo> => {
    const { role } = context.get("access");
    return describeApp(app, {
      role,
      mayShowParams: mayShowParams(context),
      limits: await appLimits(app),
    });
  };
  const api: Api = new Hono<ApiEnv>();
  api.use(bodyLimit({ maxSize: LARGEST_BODY, onError: (context) => context.json(TOO_LARGE, 413) }));
  api.use(async (context, next) => {
    await next();
    context.res.headers.set("cache-control", "no-store");
  });
  sessionRoutes(api, checks);
  api.use(async (context, next) => {
    const access = checks.identify(context.req.raw);
    if (isRefusal(access)) return refuse(context, access);
    context.set("access", access);
    return next();
  });
  const live = createLiveUpdates({
    clock,
    readOverview: reader.read,
    readJob: (id) => readJob(app, id, { areParamsShown: false }),
  });
  overviewRoutes(api, { reader, live, info });
  queueRoutes(api, app, reader);
  jobRoutes(api, app, mayShowParams);
  listRoutes(api, app, audit);
  actionRoute(api, app, audit);
  api.all("*", (context) => context.json(NOT_FOUND, 404));
  return { api, close: live.close };
}

/** Signing in and out. They come before the check of who asks. */
function sessionRoutes(api: Api, checks: RequestChecks): void {
  api.post("/session", async (context) => {
    const body: unknown = await context.req.json();
    const token = typeof body === "object" && body !== null && "token" in body ? body.token : undefined;
    const isSecure = new URL(context.req.url).protocol === "https:";
    const cookie = checks.signIn(typeof token === "string" ? token : "", isSecure);
    if (typeof cookie !== "string") return refuse(context, cookie);
    return context.json({ done: 1 }, 200, { "set-cookie": cookie });
  });
  api.delete("/session", (context) =>
    context.json({ done: 1 }, 200, { "set-cookie": checks.signOut(context.req.raw) }),
  );
}

interface OverviewParts {
  readonly reader: QueueReader;
  readonly live: ReturnType<typeof createLiveUpdates>;
  readonly info: (context: Context<ApiEnv>) => Promise<AppInfo>;
}

function overviewRoutes(api: Api, { reader, live, info }: OverviewParts): void {
  api.get("/overview", async (context) => {
    const overview: Overview = { app: await info(context), ...(await reader.read()) };
    return context.json(overview);
  });
  api.get("/live", async (context) => {
    const app = await info(context);
    return live.open((reading): Overview => ({ app, ...reading }), context.req.query("job"));
  });
}

function queueRoutes(api: Api, app: App, reader: QueueReader): void {
  api.get("/queues/:name", async (context) => {
    const name = context.req.param("name");
    if (!isKnownQueue(app, name)) return context.json(NOT_FOUND, 404);
    const state = readState(context.req.query("state"), STATES) ?? "ready";
    const cursor = context.req.query("cursor");
    const detail: QueueDetail = {
      queue: await reader.readQueue(name),
      state,
      page: await readPage(app, { name, state, ...(cursor === undefined ? {} : { cursor }) }),
    };
    return context.json(detail);
  });
  api.get("/dead", async (context) => {
    const queue = context.req.query("queue");
    if (queue !== undefined && !isKnownQueue(app, queue)) return context.json(NOT_FOUND, 404);
    return context.json(await groupDead(app, queue));
  });
}

function jobRoutes(api: Api, app: App, mayShowParams: (context: Context<ApiEnv>) => boolean): void {
  const viewOf = (context: Context<ApiEnv>) => ({
    areParamsShown: context.req.query("params") === "1" && mayShowParams(context),
  });
  api.get("/jobs", async (context) => {
    const list: JobList = { page: await listJobs(app, context.req.query()) };
    return context.json(list);
  });
  api.get("/jobs/:id", async (context) =>
    context.json(await readJob(app, context.req.param("id"), viewOf(context))),
  );
  api.get("/dead/:queue/:id", async (context) => {
    const { queue, id } = context.req.param();
    if (!isKnownQueue(app, queue)) return context.json(NOT_FOUND, 404);
    return context.json(await readJob(app, id, { ...viewOf(context), deadIn: queue }));
  });
  api.get("/flows/:id", async (context) => {
    const detail: FlowDetail = { flow: await readFlow(app, context.req.param("id")) };
    return context.json(detail);
  });
}

function listRoutes(api: Api, app: App, audit: AuditLog): void {
  api.get("/signatures", async (context) => context.json(await listSignatures(app)));
  api.get("/workers", async (context) => {
    const list: WorkerList = { workers: await orLimit("workers", app.workers()) };
    return context.json(list);
  });
  api.get("/schedules", async (context) =>
    context.json({ schedules: await orLimit("schedules", listSchedules(app)) } satisfies ScheduleList),
  );
  api.get("/audit", async (context) => {
    const log: AuditEntries = { entries: await audit.read() };
    return context.json(log);
  });
}

async function listSchedules(app: App): Promise<readonly ScheduleRow[]> {
  const states = await app.schedules.list();
  return states.map(({ schedule, isPaused, isStored, lastAt, nextAt }) => ({
    name: schedule.name,
    task: schedule.task.name,
    queue: schedule.options.queue ?? null,
    cadence: schedule.cadence,
    isPaused,
    isStored,
    lastAt: lastAt ?? null,
    nextAt,
  }));
}

function actionRoute(api: Api, app: App, audit: AuditLog): void {
  api.post("/actions", async (context) => {
    const { who, role } = context.get("access");
    if (role !== "act") return refuse(context, VIEW_ONLY);
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
}
