// #region fastify
import { fastify } from "fastify";
import { app } from "./app.ts";
import { charge } from "./tasks.ts";

const server = fastify();

server.post<{ Body: { order: number; cents: number } }>("/orders", async ({ body }, reply) => {
  await app.enqueue(charge, { order: body.order, cents: body.cents });
  return reply.code(202).send({ order: body.order });
});
server.addHook("onClose", () => app.close()); // after the last request

process.once("SIGTERM", () => void server.close());
const address = await server.listen({ port: Number(process.env.PORT ?? 3000) });
console.log(`listening on ${new URL(address).port}`);
// #endregion
