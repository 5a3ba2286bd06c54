import app, { welcome } from "./app.ts";

const job = await app.enqueue(welcome, { email: "ada@example.org", name: "Ada" });
console.log(`${job.id} is on ${job.queue}`);
await app.close();
