import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { keepAliveClock, sleep } from "@jobs/core/runtime";
import { JOBS_BIN } from "../../load/jobs-bin.ts";

/** `jobs dash` in a process of its own. */
export class DashboardProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** Starts it in the folder of a project, and waits until it listens. */
  static async start(folder: string): Promise<DashboardProcess> {
    const child = spawn(process.execPath, [JOBS_BIN, "dash", "--port", "0", "--json"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    return new DashboardProcess(child, (JSON.parse(line) as { readonly url: string }).url);
  }

  /** Physical memory in use, in MB. */
  residentMb(): number {
    const kilobytes = execFileSync("ps", ["-o", "rss=", "-p", String(this.#child.pid)], { encoding: "utf8" });
    return Number(kilobytes) / 1_024;
  }

  /** Reads a file or a route as the page does. @throws Error for an answer that is none of 200 */
  async read(path: string): Promise<string> {
    const response = await fetch(`${this.url}${path}`);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text.slice(0, 200)}`);
    return text;
  }

  /**
   * Follows the live updates for so many seconds, and reads views again as an open page does.
   * @returns the most memory that it took meanwhile, in MB
   */
  async watch(
    seconds: number,
    views: readonly { readonly path: string; readonly every: number }[] = [],
  ): Promise<number> {
    const ended = new AbortController();
    const { body } = await fetch(`${this.url}/api/live`, { signal: ended.signal });
    const drained = body?.pipeTo(new WritableStream()).catch(() => {});
    let most = 0;
    for (let second = 0; second < seconds; second++) {
      const due = views.filter(({ every }) => second % every === 0);
      await Promise.all([sleep(keepAliveClock, 1_000), ...due.map(({ path }) => this.read(path))]);
      most = Math.max(most, this.residentMb());
    }
    ended.abort();
    await drained;
    return most;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    if (this.#child.exitCode === null) await once(this.#child, "exit");
  }
}
