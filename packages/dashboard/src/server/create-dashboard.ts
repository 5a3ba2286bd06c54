import { keepAliveClock } from "@jobs/core/runtime";
import { Hono } from "hono";
import { type ApiEnv, createApi } from "./api-routes.ts";
import { type DashboardOptions, dashboardSettings } from "./dashboard-options.ts";
import { createPageFiles, SECURITY_HEADERS } from "./page-files.ts";
import { answerError, NOT_FOUND, refuse } from "./refusals.ts";
import { createRequestChecks } from "./request-checks.ts";

/** A dashboard as a handler of web requests, which any server can mount. */
export interface Dashboard {
  /** Answers a request whose path begins with `basePath`. It never rejects. */
  fetch(request: Request): Promise<Response>;
  /** Ends the updates of all viewers. The app stays open. */
  close(): Promise<void>;
}

/** Where the built page is, from this file and from its compiled form. */
const PAGE = "../../dist/page/";

/**
 * Creates a dashboard of an app.
 * @throws ConfigError for options that cannot be used
 */
export function createDashboard(options: DashboardOptions): Dashboard {
  const settings = dashboardSettings(options);
  const clock = keepAliveClock;
  const checks = createRequestChecks(settings, { clock });
  const { basePath } = settings;
  const page = createPageFiles(new URL(PAGE, import.meta.url), basePath);
  const { api, close } = createApi(settings, checks, clock);
  const server = new Hono<ApiEnv>({ strict: false });
  server.use(async (context, next) => {
    const refusal = checks.refuseOrigin(context.req.raw);
    if (refusal === undefined) await next();
    else context.res = refuse(context, refusal);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) context.res.headers.set(name, value);
  });
  server.route(`${basePath}/api`, api);
  const answerPage = async (path: string) =>
    (await page.file(path.slice(basePath.length))) ?? page.document();
  if (basePath !== "") server.get(basePath, ({ req }) => answerPage(req.path));
  server.get(`${basePath}/*`, ({ req }) => answerPage(req.path));
  server.notFound((context) => context.json(NOT_FOUND, 404));
  server.onError((error, context) => answerError(context, error));
  return {
    fetch: async (request) => server.fetch(request),
    async close() {
      close();
    },
  };
}
