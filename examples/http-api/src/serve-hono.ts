// #region hono
import { serve } from "@hono/node-server";
import { api } from "./api.ts";
import { app } from "./app.ts";

const port = Number(process.env.PORT ?? 3000);
const server = serve({ fetch: api.fetch, port }, (at) => console.log(`listening on ${at.port}`));

process.once("SIGTERM", () => server.close(() => app.close()));
// #endregion
