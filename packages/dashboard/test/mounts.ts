// Servers with the dashboard below `/admin/jobs`, as the documentation shows them.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import type { App } from "@jobs/core";
import express from "express";
import { fastify } from "fastify";
import { Hono } from "hono";
import { createDashboard, dashboardListener } from "../src/index.ts";

/** A server that listens on this machine. */
export interface MountedServer {
  readonly url: string;
  close(): Promise<unknown>;
}

async function mountHono(app: App): Promise<MountedServer> {
  // #region hono
  const dashboard = createDashboard({ app, basePath: "/admin/jobs" });
  const site = new Hono();
  site.get("/", (context) => context.text("own"));
  site.all("/admin/jobs/*", ({ req }) => dashboard.fetch(req.raw));
  // #endregion
  return listening(serve({ fetch: site.fetch, port: 0, hostname: "127.0.0.1" }) as Server);
}

async function mountExpress(app: App): Promise<MountedServer> {
  // #region express
  const dashboard = createDashboard({ app, basePath: "/admin/jobs" });
  const site = express();
  site.all("/admin/jobs{/*path}", dashboardListener(dashboard));
  site.use(express.json());
  site.get("/", (_, response) => void response.send("own"));
  // #endregion
  return listening(site.listen(0, "127.0.0.1"));
}

async function mountFastify(app: App): Promise<MountedServer> {
  // #region fastify
  const dashboard = createDashboard({ app, basePath: "/admin/jobs" });
  const listener = dashboardListener(dashboard);
  const site = fastify();
  site.get("/", async () => "own");
  await site.register(async (scope) => {
    // The dashboard reads the bodies itself.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    scope.all("/admin/jobs/*", async (request, reply) => {
      reply.hijack();
      await listener(request.raw, reply.raw);
    });
  });
  // #endregion
  const url = await site.listen({ port: 0, host: "127.0.0.1" });
  return { url, close: () => site.close() };
}

async function listening(server: Server): Promise<MountedServer> {
  if (!server.listening) await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: async () => server.close() };
}

/** The servers by the names of their frameworks. */
export const MOUNTS = { hono: mountHono, express: mountExpress, fastify: mountFastify };
