import { memory } from "@jobs/adapter-memory";
import { type App, createApp } from "@jobs/core";
import { fake } from "@jobs/testing";
import { Inject, Injectable, Module } from "@nestjs/common";
import { Test } from "@nestjs/testing";
import { describe, expect, expectTypeOf, it, onTestFinished, vi } from "vitest";
import { JOBS_APP, JobsModule, JobsProducer, JobsWorker } from "../src/index.ts";
import { Counter, compile, count, Greeter, greet, Letters, makeApp } from "./application.ts";

describe("forRoot", () => {
  it("runs a job in a provider with its dependencies", async () => {
    const nest = await compile();
    await nest.init();
    const { letters, jobs } = { letters: nest.get(Letters), jobs: nest.get(JobsProducer) };
    await jobs.enqueue(greet, { name: "Ada" });
    await expect.poll(() => letters.written).toEqual(["Dear Ada"]);
  });

  it("gives the handlers to the app of a module, so code that imports it shares them", async () => {
    const app = makeApp();
    const nest = await compile({ app });
    await nest.init();
    expect(nest.get(JOBS_APP)).toBe(app);
    await app.enqueue(greet, { name: "Bob" });
    await expect.poll(() => nest.get(Letters).written).toEqual(["Dear Bob"]);
  });

  it("takes a function that creates the app from the handlers", async () => {
    const make = vi.fn((handlers) => createApp({ broker: memory(), tasks: [greet, count], handlers }));
    const nest = await Test.createTestingModule({
      imports: [JobsModule.forRoot(make)],
      providers: [Letters, Greeter, Counter],
    }).compile();
    onTestFinished(() => nest.close());
    await nest.init();
    expect(make).toHaveBeenCalledOnce();
    await nest.get(JobsProducer).enqueue(greet, { name: "Eve" });
    await expect.poll(() => nest.get(Letters).written).toEqual(["Dear Eve"]);
  });

  it("a provider may enqueue while the application starts", async () => {
    @Injectable()
    class Early {
      @Inject(JobsProducer) private readonly jobs!: JobsProducer;
      async onModuleInit(): Promise<void> {
        await this.jobs.enqueue(greet, { name: "early" });
      }
    }
    const nest = await compile({ providers: [Early, Letters, Greeter, Counter] });
    await nest.init();
    await expect.poll(() => nest.get(Letters).written).toEqual(["Dear early"]);
  });

  it("names what is wrong with its options", async () => {
    expect(() => JobsModule.forRoot({} as App)).toThrow("app must be an app made by createApp or a function");
    expect(() => JobsModule.forRoot(makeApp(), { workers: true } as never)).toThrow(
      'unknown option "workers"',
    );
    expect(() => JobsModule.forRoot(makeApp(), { worker: { speed: 1 } as never })).toThrow('"speed"');
    expect(() => JobsModule.forRoot(makeApp(), { worker: { ownsProcess: true } as never })).toThrow(
      "ownsProcess",
    );
    expect(() => JobsModule.forRootAsync({} as never)).toThrow("needs useFactory");
  });

  it("is refused twice in one application", async () => {
    const app = makeApp();
    const twice = Test.createTestingModule({ imports: [JobsModule.forRoot(app), JobsModule.forRoot(app)] });
    await expect(twice.compile()).rejects.toThrow("JobsModule is imported twice");
  });

  it("says what to do when the app is set up already", async () => {
    const app = makeApp();
    await app.enqueue(greet, { name: "too early" });
    await expect(compile({ app })).rejects.toMatchObject({
      code: "invalid_config",
      hint: expect.stringContaining("JobsModule.forRoot((handlers) =>"),
    });
    await app.close();
  });
});

describe("forRootAsync", () => {
  it("makes the app from other providers", async () => {
    @Injectable()
    class Settings {
      readonly prefix = "shop-";
    }
    @Module({ providers: [Settings], exports: [Settings] })
    class SettingsModule {}
    const nest = await Test.createTestingModule({
      imports: [
        JobsModule.forRootAsync({
          imports: [SettingsModule],
          inject: [Settings],
          useFactory: async ({ prefix }: Settings) => ({
            app: (handlers) =>
              createApp({ broker: memory(), tasks: [greet, count], handlers, queuePrefix: prefix }),
            worker: { concurrency: 3 },
          }),
        }),
      ],
      providers: [Letters, Greeter, Counter],
    }).compile();
    onTestFinished(() => nest.close());
    await nest.init();
    expect(nest.get<App>(JOBS_APP).config.queuePrefix).toBe("shop-");
    await nest.get(JobsProducer).enqueue(greet, { name: "Ada" });
    await expect.poll(() => nest.get(Letters).written).toEqual(["Dear Ada"]);
  });

  it("checks what its factory returns", async () => {
    const wrong = JobsModule.forRootAsync({ useFactory: () => ({ worker: true }) as never });
    await expect(Test.createTestingModule({ imports: [wrong] }).compile()).rejects.toThrow(
      "useFactory returns needs app",
    );
  });
});

describe("JobsProducer", () => {
  it("is typed by the contracts", () => {
    expectTypeOf<JobsProducer["enqueue"]>().toEqualTypeOf<App["enqueue"]>();
  });

  it("is there in every module, and a test can replace it", async () => {
    @Injectable()
    class Orders {
      @Inject(JobsProducer) private readonly jobs!: JobsProducer;
      create = () => this.jobs.enqueue(greet, { name: "Ada" });
    }
    @Module({ providers: [Orders] })
    class OrdersModule {}
    const enqueue = vi.fn();
    const nest = await Test.createTestingModule({ imports: [OrdersModule, JobsModule.forRoot(makeApp())] })
      .overrideProvider(JobsProducer)
      .useValue({ enqueue })
      .compile();
    onTestFinished(() => nest.close());
    nest.get(Orders).create();
    expect(enqueue).toHaveBeenCalledWith(greet, { name: "Ada" });
  });
});

describe("with fake(app)", () => {
  it("the test runs the jobs, in the providers, and no worker is in its way", async () => {
    const app = makeApp();
    using jobs = fake(app);
    for (const name of ["Ada", "Bob"]) {
      const nest = await compile({ app });
      await nest.init();
      expect(nest.get(JobsWorker).worker).toBeUndefined();
      await nest.get(JobsProducer).enqueue(greet, { name });
      await jobs.runAll();
      expect(nest.get(Letters).written).toEqual([`Dear ${name}`]);
      await jobs.clear();
    }
  });
});
