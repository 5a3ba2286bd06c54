import { memory } from "@jobs/adapter-memory";
import { type App, createApp, defineTask, isJobsError, type TaskOutput } from "@jobs/core";
import { Inject, Injectable } from "@nestjs/common";
import { Test, type TestingModule } from "@nestjs/testing";
import { onTestFinished } from "vitest";
import { Handles, JobsModule, type JobsModuleOptions } from "../src/index.ts";

export const greet = defineTask("greet", { name: "string" });
export const count = defineTask("count", {});

/** A dependency of a handler. It ends with its module. */
@Injectable()
export class Letters {
  readonly written: string[] = [];
  isOpen = true;

  write(text: string): void {
    if (!this.isOpen) throw new Error("the letters are closed");
    this.written.push(text);
  }

  onModuleDestroy(): void {
    this.isOpen = false;
  }
}

@Injectable()
export class Greeter {
  @Inject(Letters) private readonly letters!: Letters;

  @Handles(greet)
  greet({ name }: TaskOutput<typeof greet>): void {
    this.letters.write(`Dear ${name}`);
  }
}

/** An app without handlers, as a module exports it. */
export function makeApp(): App {
  return createApp({ broker: memory(), tasks: [greet, count] });
}

/** A running worker would also need a handler of `count`, whose queue is the same. */
@Injectable()
export class Counter {
  runs = 0;

  @Handles(count)
  count(): number {
    return ++this.runs;
  }
}

interface ModuleParts {
  readonly app?: App;
  readonly options?: JobsModuleOptions;
  readonly providers?: readonly (new (...args: never[]) => unknown)[];
}

/** A Nest application of these providers and `JobsModule.forRoot(app)`, closed at the end of the test. */
export async function compile({
  app = makeApp(),
  options = {},
  providers = [Letters, Greeter, Counter],
}: ModuleParts = {}): Promise<TestingModule> {
  const nest = await Test.createTestingModule({
    imports: [JobsModule.forRoot(app, options)],
    providers: [...providers],
  }).compile();
  closeAtEnd(nest);
  return nest;
}

/** Closes an application at the end of the test. After a failed start Nest 11 repeats its error then. */
export function closeAtEnd(nest: TestingModule): void {
  onTestFinished(() =>
    nest.close().catch((error) => {
      if (!isJobsError(error)) throw error;
    }),
  );
}

/** A promise that a test resolves. */
export function signal(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
