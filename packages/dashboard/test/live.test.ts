import { expect, it } from "vitest";
import { DashboardWorld, resize, STORAGES } from "./dashboard-world.ts";

/** Events of a stream, each with its name and its data. */
async function* eventsOf({
  body,
}: Response): AsyncGenerator<{ readonly name: string; readonly data: never }> {
  let rest = "";
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    const parts = `${rest}${chunk}`.split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
      if (name !== undefined) yield { name, data: JSON.parse(data ?? "") as never };
    }
  }
}

it("a viewer sees the overview, and each change of the job that it watches", async () => {
  await using world = new DashboardWorld(await STORAGES.memory!());
  const { id } = await world.app.enqueue(resize, { file: "secret-name" });
  const seen: string[] = [];
  for await (const { name, data } of eventsOf(await world.fetch(`/api/live?job=${id}`))) {
    expect(JSON.stringify(data)).not.toContain('"file":"secret-name"},"areParams');
    const event = data as { queues?: readonly { ready: { n: number } }[]; job?: { state: string } };
    if (name === "overview") seen.push(`images ${event.queues?.[1]?.ready.n}`);
    else seen.push(`job ${event.job?.state}`);
    if (seen.length === 2) await world.run(1);
    if (seen.includes("job succeeded") && seen.includes("images 0")) break;
  }
  expect(seen.slice(0, 2)).toEqual(["images 1", "job ready"]);
  expect(seen.filter((one) => one.startsWith("job"))).toEqual(["job ready", "job succeeded"]);
});

it("all viewers share one reading a second, and closing ends them", async () => {
  await using world = new DashboardWorld(await STORAGES.memory!());
  let counted = 0;
  const { stats } = world.app;
  world.app.stats = (name) => {
    counted += 1;
    return stats(name);
  };
  const streams = await Promise.all([1, 2, 3].map(() => world.fetch("/api/live")));
  const readers = streams.map(eventsOf);
  await Promise.all(readers.map((reader) => reader.next()));
  expect(counted).toBe(world.app.queues.length);
  await world.dashboard.close();
  expect(await Promise.all(readers.map((reader) => reader.next()))).toMatchObject([
    { done: true },
    { done: true },
    { done: true },
  ]);
});
