import { memory } from "@jobs/adapter-memory";
import { createApp, defineTask, type TaskOutput } from "@jobs/core";
import { Controller, Inject, Injectable, type Provider, Scope } from "@nestjs/common";
import { Test } from "@nestjs/testing";
import { describe, expect, it } from "vitest";
import { Handles, JobsModule, type JobsProducer } from "../src/index.ts";
import { Counter, closeAtEnd, count, Greeter, greet, Letters, makeApp } from "./application.ts";

@Injectable({ scope: Scope.REQUEST })
class OfRequest {}

@Injectable()
class UsesRequest {
  @Inject(OfRequest) readonly request!: OfRequest;
}

@Injectable()
class InjectsRequest {
  @Inject(UsesRequest) readonly deeper!: UsesRequest;
  @Handles(greet)
  greet(): void {}
}

@Injectable({ scope: Scope.REQUEST })
class RequestHandler {
  @Handles(greet)
  greet(): void {}
}

@Injectable({ scope: Scope.TRANSIENT })
class TransientHandler {
  @Handles(greet)
  greet(): void {}
}

/** Starts an application without a worker. */
async function start(providers: readonly Provider[], controllers: readonly (new () => unknown)[] = []) {
  const nest = await Test.createTestingModule({
    imports: [JobsModule.forRoot(makeApp(), { worker: false })],
    providers: [...providers],
    controllers: [...controllers],
  }).compile();
  closeAtEnd(nest);
  return nest.init();
}

describe("a handler without one instance is refused", () => {
  it.each([
    ["of a request", [RequestHandler], "RequestHandler.greet", "has the scope of a request"],
    [
      "of a request deep below",
      [InjectsRequest, UsesRequest, OfRequest],
      "InjectsRequest.greet",
      "or one that it injects",
    ],
    ["TRANSIENT", [TransientHandler], "TransientHandler.greet", "scope TRANSIENT"],
  ])("%s", async (_, providers, name, reason) => {
    const starting = start(providers);
    await expect(starting).rejects.toMatchObject({
      code: "invalid_config",
      hint: expect.stringContaining("default scope"),
    });
    await expect(starting).rejects.toThrow(`${name} handles task "greet", but`);
    await expect(starting).rejects.toThrow(reason);
  });

  it("made by a factory, which nobody can look into before it runs", async () => {
    const starting = start([Letters, { provide: "greeter", useFactory: () => new Greeter() }]);
    await expect(starting).rejects.toThrow("a factory makes its provider");
  });
});

describe("a handler is found", () => {
  /** Runs one job of each task, and returns the handled ones. */
  async function run(providers: readonly Provider[], controllers: readonly (new () => unknown)[] = []) {
    const app = createApp({ broker: memory(), tasks: [greet, count] });
    const nest = await Test.createTestingModule({
      imports: [JobsModule.forRoot(app, { worker: false })],
      providers: [...providers],
      controllers: [...controllers],
    }).compile();
    closeAtEnd(nest);
    await nest.init();
    return { nest, result: await app.run("count", {}) };
  }

  it("in a class, by useClass, in a value, and once behind an alias", async () => {
    expect((await run([Counter])).result).toBe(1);
    expect((await run([{ provide: "counter", useClass: Counter }])).result).toBe(1);
    expect((await run([{ provide: "counter", useValue: new Counter() }])).result).toBe(1);
    expect((await run([Counter, { provide: "counter", useExisting: Counter }])).result).toBe(1);
  });

  it("in a controller", async () => {
    @Controller()
    class CountController extends Counter {}
    expect((await run([], [CountController])).result).toBe(1);
  });

  it("in a base class, unless the subclass overrides it", async () => {
    class Inherits extends Counter {}
    class Overrides extends Counter {
      override count(): number {
        return -1;
      }
    }
    class Takes extends Counter {
      @Handles(count)
      override count(): number {
        return 100;
      }
    }
    expect((await run([Inherits])).result).toBe(1);
    await expect(run([Overrides])).rejects.toMatchObject({ code: "missing_handler" });
    expect((await run([Takes])).result).toBe(100);
  });

  it("for several tasks", async () => {
    const tasks = ["small", "large"].map((name) => defineTask(name, { n: "integer" }));
    class Both {
      @Handles(tasks)
      double({ n }: TaskOutput<(typeof tasks)[number]>): number {
        return 2 * n;
      }
    }
    const app = createApp({ broker: memory(), tasks });
    const nest = await Test.createTestingModule({
      imports: [JobsModule.forRoot(app, { worker: false })],
      providers: [Both],
    }).compile();
    closeAtEnd(nest);
    expect([await app.run("small", { n: 1 }), await app.run("large", { n: 2 })]).toEqual([2, 4]);
  });
});

describe("what cannot be a handler is refused with its name", () => {
  it("two methods for one task", async () => {
    @Injectable()
    class Other {
      @Handles(count)
      again(): void {}
    }
    await expect(start([Counter, Other])).rejects.toThrow(
      'task "count" has two handlers: Counter.count and Other.again.',
    );
  });

  it("a task that the app does not have", async () => {
    const foreign = defineTask("foreign", {});
    @Injectable()
    class Foreign {
      @Handles(foreign)
      run(): void {}
    }
    await expect(start([Foreign])).rejects.toThrow('task "foreign", which is not in this app\'s tasks');
  });

  it("no task, and no method", () => {
    expect(() => Handles("greet" as never)).toThrow(
      "@Handles: the argument[0] must be a task made by defineTask",
    );
    expect(() => Handles(count)(class {}, "count", { value: () => 1 })).toThrow("count is none");
    expect(() => Handles(count)({}, "count", { get: () => () => 1 })).toThrow("count is none");
  });

  it("a method with other parameters, by the compiler", () => {
    class Wrong {
      // @ts-expect-error the task has a name, and no number
      @Handles(greet)
      greet({ number }: { number: number }): number {
        return number;
      }
    }
    expect(new Wrong().greet({ number: 1 })).toBe(1);
    // @ts-expect-error the parameters of the task
    const wrong = (jobs: JobsProducer) => jobs.enqueue(greet, { nmae: "Ada" });
    expect(wrong).toBeTypeOf("function");
  });
});
