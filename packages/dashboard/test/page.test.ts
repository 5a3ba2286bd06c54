import { chain, group, step } from "@jobs/core";
import { hasChromium } from "@jobs/test-servers";
import axe from "axe-core";
import { describe, expect, it } from "vitest";
import { type BrowserWorld, useBrowser } from "./browser-world.ts";
import { mail, resize } from "./dashboard-world.ts";

const VIEWS = [
  ["/", "Overview"],
  ["/queues/images", "images"],
  ["/jobs", "Jobs"],
  ["/dead", "Dead letters"],
  ["/workers", "Workers"],
  ["/schedules", "Schedules"],
  ["/signatures", "Signatures"],
  ["/audit", "Audit log"],
  ["/nowhere", "Nothing here"],
] as const;

/** HTML, a script, an escape of a terminal, and text that would turn its surroundings around. */
const HOSTILE = `<img src=x onerror="document.title='run'"><script>document.title='run'</script>\u001b[31m\u202etxet`;

const FIND_SERIOUS = `axe.run().then(({ violations }) =>
  violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ": " + html)))`;

/** How far the page can be scrolled to the side, in pixels. */
const HIDDEN_WIDTH = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

const BACKGROUND = "getComputedStyle(document.body).backgroundColor";

/** The accessible name of what has the focus. */
const FOCUSED = "document.activeElement.getAttribute('aria-label')";

/** What the check of accessibility finds that shuts somebody out. */
async function seriousFindings({ page }: BrowserWorld): Promise<readonly string[]> {
  // The policy of the page refuses scripts in it, but not what the browser's debugger runs.
  await page.evaluate(axe.source);
  return page.evaluate<string[]>(FIND_SERIOUS);
}

describe.runIf(await hasChromium())("the page of the dashboard", () => {
  const { open } = useBrowser();

  async function openWithDead(dead: number, options: Parameters<typeof open>[0] = {}) {
    const world = await open(options);
    for (let index = 0; index < dead; index++) await world.app.enqueue(resize, { file: "broken" });
    await world.app.worker({ ownsProcess: false, until: { type: "settled", jobs: dead } }).run();
    return world;
  }

  /** The addresses of all views, with those of a dead job and of a flow. */
  async function allViews({ app }: BrowserWorld): Promise<readonly (readonly [string, string])[]> {
    const { messages } = await (await app.queue("images")).peek({ state: "dead", limit: 1 });
    const { id } = await app.start(chain([step(mail, { to: "x" }), step(mail, { to: "y" })]));
    await expect.poll(() => app.history?.job(id)).toBeDefined();
    return [...VIEWS, [`/jobs/${messages[0]?.messageId}`, "resize"], [`/flows/${id}`, "Flow"]];
  }

  const stats = async ({ app }: BrowserWorld) => {
    const { ready, dead } = await app.stats("images");
    return { ready: ready.n, dead: dead.n };
  };

  it.each(["light", "dark"] as const)("shows each view in %s, for everybody", async (colorScheme) => {
    await using world = await openWithDead(1, { browser: { colorScheme } });
    for (const [path, title] of await allViews(world)) {
      await world.show(path, title);
      expect(await seriousFindings(world), path).toEqual([]);
    }
    expect(world.errors).toEqual([]);
  });

  it("scrolls at no side in a window that is 360 px wide", async () => {
    await using world = await openWithDead(1, { browser: { viewport: { width: 360, height: 740 } } });
    for (const [path, title] of await allViews(world)) {
      await world.show(path, title);
      expect(await world.page.evaluate(HIDDEN_WIDTH), path).toBe(0);
    }
  });

  it("retries a group, and changes nothing when the answer is no", async () => {
    await using world = await openWithDead(3);
    await world.show("/dead", "Dead letters");
    await world.press("Retry all of resize", "Cancel");
    expect(await stats(world)).toEqual({ ready: 0, dead: 3 });
    await world.press("Retry all of resize", "Retry");
    await world.page.getByText("Done: 3 changed.").waitFor();
    expect(await stats(world)).toEqual({ ready: 3, dead: 0 });
    await world.page.getByText("No job is dead.").waitFor();
  });

  it("shows a change without being asked, and goes on after an interruption", async () => {
    await using world = await open();
    await world.show("/", "Overview");
    await world.app.enqueue(resize, { file: "a" });
    const ready = world.page
      .getByRole("row", { name: /^images/ })
      .getByRole("cell")
      .first();
    await expect.poll(() => ready.textContent()).toBe("1");
    await world.page.context().setOffline(true);
    await world.page.context().setOffline(false);
    await world.app.enqueue(resize, { file: "b" });
    await expect.poll(() => ready.textContent()).toBe("2");
  });

  it("retries a group by keyboard alone, and gives the focus back", async () => {
    await using world = await openWithDead(1);
    const { page } = world;
    await world.show("/", "Overview");
    await page.getByRole("link", { name: /^Dead letters/ }).focus();
    await page.keyboard.press("Enter");
    const button = page.getByRole("button", { name: "Retry all of resize" });
    await button.waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(FOCUSED)).toBe("Retry all of resize");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(() => page.evaluate(FOCUSED)).toBe("Retry all of resize");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("Done: 1 changed.").waitFor();
    expect(await stats(world)).toEqual({ ready: 1, dead: 0 });
  });

  it("asks again at once when a question has just been left", async () => {
    await using world = await openWithDead(1);
    const { page } = world;
    await world.show("/dead", "Dead letters");
    await page.getByRole("button", { name: "Retry all of resize" }).click();
    await page.getByRole("dialog").waitFor();
    // The browser tells the page of the end of a dialog a moment later.
    await page.evaluate(`
      document.querySelector("dialog").close();
      document.querySelector("[aria-label='Retry all of resize']").click();`);
    await page.getByRole("dialog").getByRole("button", { name: "Retry" }).click();
    await page.getByText("Done: 1 changed.").waitFor();
  });

  it("draws a flow as a graph whose jobs can be opened", async () => {
    await using world = await open();
    const { app, page } = world;
    const one = step(resize, { file: "a" });
    const { id } = await app.start(chain([one, group([one, one]), step(mail, { to: "x" })]));
    const until = { type: "settled", jobs: 4 } as const;
    await app.worker({ ownsProcess: false, queues: ["images", "default"], until }).run();
    await world.show(`/flows/${id}`, "Flow");
    await expect.poll(() => page.locator(".node").count()).toBe(4);
    expect(await page.locator(".edge").count()).toBe(4);
    expect(await seriousFindings(world)).toEqual([]);
    await page.getByText("mail").first().click();
    await page.getByRole("heading", { level: 1, name: "mail" }).waitFor();
    await page.getByText("Succeeded").first().waitFor();
  });

  it("remembers the choice between dark and light", async () => {
    await using world = await open({ browser: { colorScheme: "light" } });
    const background = () => world.page.evaluate<string>(BACKGROUND);
    await world.show("/", "Overview");
    const light = await background();
    await world.page.getByLabel("Colours").selectOption("dark");
    await expect.poll(background).not.toBe(light);
    const dark = await background();
    await world.show("/workers", "Workers");
    await expect.poll(background).toBe(dark);
  });

  it("asks for a token first, and refuses a wrong one", async () => {
    const tokens = [{ name: "ada", token: "a-token-of-24-characters" }];
    await using world = await open({ dashboard: { tokens } });
    await world.show("/", "Sign in");
    expect(await seriousFindings(world)).toEqual([]);
    await world.page.getByLabel("Token").fill("wrong");
    await world.page.keyboard.press("Enter");
    await world.page.getByText("this token is not known.").waitFor();
    await world.page.getByLabel("Token").fill("a-token-of-24-characters");
    await world.page.keyboard.press("Enter");
    await world.page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  });

  it("shows no button to somebody who may only look", async () => {
    await using world = await openWithDead(1, { dashboard: { mode: "read" } });
    await world.show("/dead", "Dead letters");
    await world.page.getByText("1 job", { exact: true }).waitFor();
    expect(await world.page.getByRole("button", { name: /Retry|Remove/ }).count()).toBe(0);
  });

  it("shows HTML, scripts, ANSI and RTL of a job as text", async () => {
    await using world = await open({ dashboard: { showParams: true } });
    const { page } = world;
    const { id } = await world.app.enqueue(resize, { file: HOSTILE }, { id: "hostile", tags: ["a<b>"] });
    await world.show(`/jobs/${id}`, "resize");
    await page.getByRole("button", { name: "Show parameters" }).click();
    await page.getByText("<script>document.title='run'</script>").waitFor();
    await page.getByText("\\u001b[31m").waitFor();
    await world.show("/queues/images", "images");
    await world.show(`/queues/${encodeURIComponent(HOSTILE)}`, "<img src=x");
    expect(await page.title()).not.toBe("run");
    expect(await page.locator("img").count()).toBe(0);
    expect(world.errors).toEqual([]);
  });
});
