// #region server
import { serve } from "@hono/node-server";
import { acceptJobs } from "./accept-jobs.ts";
import { app } from "./app.ts";

const port = Number(process.env.PORT ?? 3000);
const server = serve({ fetch: acceptJobs, port }, (at) => console.log(`listening on ${at.port}`));

process.once("SIGTERM", () => server.close(() => app.close()));
// #endregion
