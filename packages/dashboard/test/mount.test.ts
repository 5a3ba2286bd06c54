import { describe, expect, it } from "vitest";
import type { Overview } from "../src/api/api-types.ts";
import { DashboardWorld, jsonOf, mail, STORAGES } from "./dashboard-world.ts";
import { MOUNTS } from "./mounts.ts";

describe.each(Object.entries(MOUNTS))("mounted into %s", (_, mount) => {
  it("page, routes, changes and checks work below a path, and the rest stays the server's own", async () => {
    await using world = new DashboardWorld(await STORAGES.memory!());
    await world.app.enqueue(mail, { to: "a" });
    const { url, close } = await mount(world.app);
    const act = (headers: Readonly<Record<string, string>>) =>
      fetch(`${url}/admin/jobs/api/actions`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: '{"action":"purgeQueue","queue":"default"}',
      });
    try {
      expect(await (await fetch(url)).text()).toBe("own");
      const page = await fetch(`${url}/admin/jobs/queues/default`);
      expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
      const overview = await jsonOf<Overview>(await fetch(`${url}/admin/jobs/api/overview`));
      expect(overview.queues).toMatchObject([{ name: "default", ready: { n: 1 } }, { name: "images" }]);
      expect((await act({ origin: "http://evil.example" })).status).toBe(403);
      expect(await (await act({ origin: url })).json()).toEqual({ done: 1, refused: [] });
      expect(await world.app.stats("default")).toMatchObject({ ready: { n: 0 } });
    } finally {
      await close();
    }
  });
});
