import { memory } from "@jobs/adapter-memory";
import { createApp, defineTask, type JobContext, type TaskOutput } from "@jobs/core";
import { Inject, Injectable, Logger, Module } from "@nestjs/common";
import { Test } from "@nestjs/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Handles, JOBS_APP, JobsModule, JobsProducer, JobsWorker } from "../src/index.ts";
import { Counter, compile, count, Greeter, greet, Letters, makeApp, signal } from "./application.ts";

describe("the worker of an application", () => {
  it("takes jobs when init resolves, and is ready until close", async () => {
    const nest = await compile();
    const worker = nest.get(JobsWorker);
    expect(worker.isReady).toBe(false);
    await nest.init();
    expect([worker.isReady, worker.worker?.state]).toEqual([true, "running"]);
    await nest.close();
    expect([worker.isReady, worker.worker?.state]).toEqual([false, "stopped"]);
  });

  it("lets a running job end, before the modules of its handler are destroyed and the app is closed", async () => {
    const gate = signal();
    const started = signal();
    const report = defineTask("report", {});
    @Module({ providers: [Letters], exports: [Letters] })
    class LettersModule {}
    @Injectable()
    class Reporter {
      @Inject(Letters) private readonly letters!: Letters;
      @Inject(JobsProducer) private readonly jobs!: JobsProducer;

      @Handles(report)
      async report(_: TaskOutput<typeof report>, ctx: JobContext): Promise<void> {
        started.resolve();
        await gate.promise;
        this.letters.write(`the end of ${ctx.task}`);
        await this.jobs.enqueue(report, {});
      }
    }
    @Module({ imports: [LettersModule], providers: [Reporter] })
    class ReportModule {}
    const app = createApp({ broker: memory(), tasks: [report] });
    // As the guide says: last of the imports.
    const nest = await Test.createTestingModule({
      imports: [LettersModule, ReportModule, JobsModule.forRoot(app, { worker: { concurrency: 1 } })],
    }).compile();
    await nest.init();
    await nest.get(JobsProducer).enqueue(report, {});
    await started.promise;
    const letters = nest.get(Letters);
    const closed = nest.close();
    await expect.poll(() => nest.get(JobsWorker).worker?.state).toBe("draining");
    expect(letters.isOpen).toBe(true);
    gate.resolve();
    await closed;
    expect(letters).toMatchObject({ written: ["the end of report"], isOpen: false });
    await expect(app.enqueue(report, {})).rejects.toThrow();
  });

  it.each([
    ["worker: false", { worker: false }, [Letters, Greeter, Counter]],
    ["no handler", {}, [Letters]],
  ])("is not there with %s", async (_, options, providers) => {
    const nest = await compile({ options, providers });
    await nest.init();
    await nest.get(JobsProducer).enqueue(greet, { name: "Ada" });
    const app = nest.get(JOBS_APP);
    expect(nest.get(JobsWorker).worker).toBeUndefined();
    expect(await app.stats("default")).toMatchObject({ ready: { n: 1 }, leased: { n: 0 } });
  });

  it("that cannot start stops the application", async () => {
    // Nobody handles `count`, whose queue it would serve.
    const nest = await compile({ providers: [Letters, Greeter] });
    await expect(nest.init()).rejects.toMatchObject({ code: "missing_handler", tasks: ["count"] });
  });

  it("that ends by itself says so", async () => {
    const logged = vi.spyOn(Logger.prototype, "error").mockImplementation(() => {});
    onTestFinished(() => logged.mockRestore());
    const until = { type: "settled", jobs: 1 } as const;
    const nest = await compile({ options: { worker: { until } } });
    await nest.init();
    await nest.get(JobsProducer).enqueue(count, {});
    await expect.poll(() => logged.mock.calls).toEqual([[expect.stringContaining("max_jobs")]]);
    expect(nest.get(JobsWorker).isReady).toBe(false);
  });

  it("that ends by itself is reported to onStopped, in the place of the log", async () => {
    const onStopped = vi.fn();
    const until = { type: "settled", jobs: 1 } as const;
    const nest = await compile({ options: { worker: { until }, onStopped } });
    await nest.init();
    await nest.get(JobsProducer).enqueue(count, {});
    await expect.poll(() => onStopped.mock.calls).toMatchObject([[{ succeeded: 1 }]]);
    await nest.close();
    expect(onStopped).toHaveBeenCalledOnce();
  });

  it.each(["throws", "rejects"])("an onStopped that %s is logged, and ends no process", async (how) => {
    const logged = vi.spyOn(Logger.prototype, "error").mockImplementation(() => {});
    onTestFinished(() => logged.mockRestore());
    const onStopped = () => {
      const fault = new Error("the pager is broken");
      if (how === "throws") throw fault;
      return Promise.reject(fault);
    };
    const until = { type: "settled", jobs: 1 } as const;
    const nest = await compile({ options: { worker: { until }, onStopped: onStopped as () => void } });
    await nest.init();
    await nest.get(JobsProducer).enqueue(count, {});
    await expect.poll(() => logged.mock.calls).toEqual([[expect.stringContaining("the pager is broken")]]);
  });

  it("listens to no signals of the process: Nest does", async () => {
    const before = process.listenerCount("SIGTERM");
    const nest = await compile({ app: makeApp() });
    await nest.init();
    expect(process.listenerCount("SIGTERM")).toBe(before);
  });
});
