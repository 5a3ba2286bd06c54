import { adapter, memory } from "@jobs/adapter-memory";
import * as lambdaPackage from "@jobs/adapter-sqs/lambda";
import { createApp, defineTask } from "@jobs/core";
import * as createPackage from "@jobs/create";
import * as dashboardPackage from "@jobs/dashboard";
import * as nestjsPackage from "@jobs/nestjs";
import * as openTelemetryPackage from "@jobs/opentelemetry";
import * as producerPackage from "@jobs/producer";
import * as httpPackage from "@jobs/producer/http";
import * as testingPackage from "@jobs/testing";
import * as nodeTestPackage from "@jobs/testing/node-test";
import * as vitestPackage from "@jobs/testing/vitest";
import type { Door, Loose } from "./adapter-doors.ts";

/** The entries of packages that are neither core nor an adapter, by name. That for Jest cannot be loaded here. */
export const OTHERS: Readonly<Record<string, object>> = {
  lambda: lambdaPackage,
  create: createPackage,
  dashboard: dashboardPackage,
  nestjs: nestjsPackage,
  opentelemetry: openTelemetryPackage,
  producer: producerPackage,
  "producer/http": httpPackage,
  testing: testingPackage,
  "testing/node-test": nodeTestPackage,
  "testing/vitest": vitestPackage,
};

const task = defineTask("work", { a: "number?" });
const app = () => createApp({ tasks: [task], broker: memory() });
const to = { kind: "none", send: async () => {} };

/** Each entry of the testing package has its own `fake`. */
function fakeDoor(fake: (app: Loose, options: Loose) => unknown): Door {
  return [
    (o) => fake(app(), o),
    {},
    ["mod", "mode"],
    { mode: "inlined", handlers: {}, like: 1, seed: "1", startAt: "now" },
  ];
}

/** Each of their functions with named options. A name that another package exports too follows that of its own. */
export const OTHER_DOORS: Readonly<Record<string, Door>> = {
  createProducer: [
    (o) => producerPackage.createProducer(o),
    { to },
    ["queuePrefx", "queuePrefix"],
    { to: {}, queuePrefix: 1 },
  ],
  "producer.enqueue": [
    (o) => producerPackage.createProducer({ to }).enqueue(task, {}, o),
    {},
    ["delay", "delayMs"],
    { delayMs: "5s", priority: 50 },
  ],
  "producer defineTask": [
    (o) => producerPackage.defineTask("t", {}, o),
    {},
    ["prioritty", "priority"],
    { queue: 1, maxAttempts: "3", backoff: "1s..10m" },
  ],
  "producer sqs": [
    (o) => producerPackage.sqs(o),
    {
      region: "eu-west-1",
      accountId: "123456789012",
      credentials: { accessKeyId: "AKIATEST", secretAccessKey: "not-a-secret" },
    },
    ["endpont", "endpoint"],
    { region: "eu/west", accountId: "1", credentials: {}, endpoint: "localhost" },
  ],
  enqueueHandler: [
    (o) => httpPackage.enqueueHandler(app(), o),
    { tasks: [task], authorize: () => "allowed" },
    ["maxByte", "maxBytes"],
    { tasks: ["work"], authorize: "yes", options: ["prio"], maxBytes: 0, retryAfterSeconds: "5", onError: 1 },
  ],
  createDashboard: [
    (o) => dashboardPackage.createDashboard(o),
    { app: app() },
    ["token", "tokens"],
    { app: {}, mode: "write", tokens: ["x"], hosts: "localhost", basePath: 1, showParams: "yes" },
  ],
  "createDashboard tokens": [
    (token) => dashboardPackage.createDashboard({ app: app(), tokens: [token] }),
    { name: "ada", token: "0123456789abcdef" },
    ["rol", "role"],
    { name: 1, token: 1, role: "admin" },
  ],
  serveDashboard: [
    (o) => dashboardPackage.serveDashboard(o, { host: "0.0.0.0", port: 0 }),
    { app: app() },
    ["token", "tokens"],
    { app: {}, tokens: "x" },
  ],
  "serveDashboard listen": [
    (o) => dashboardPackage.serveDashboard({ app: app() }, o),
    {},
    ["prot", "port"],
    { host: 1, port: "80", requestTimeoutMs: 2 ** 31 },
  ],
  "JobsModule.forRoot": [
    (o) => nestjsPackage.JobsModule.forRoot(app(), o),
    {},
    ["workr", "worker"],
    { worker: "x", onStopped: 1 },
  ],
  "JobsModule.forRootAsync": [
    (o) => nestjsPackage.JobsModule.forRootAsync(o),
    { useFactory: () => ({ app: app() }) },
    ["injects", "inject"],
    { imports: 1, inject: 1, useFactory: 1 },
  ],
  openTelemetry: [
    (o) => openTelemetryPackage.openTelemetry(o),
    {},
    ["trace", "traces"],
    {
      traces: 1,
      metrics: 1,
      continueTrace: 1,
      createSpans: 1,
      settleSpans: 1,
      tracerProvider: {},
      meterProvider: {},
      propagator: {},
    },
  ],
  createTestApp: [
    (o) => testingPackage.createTestApp(app(), o),
    {},
    ["likes", "like"],
    { handlers: {}, beside: 1, like: 1, seed: "1", startAt: "now" },
  ],
  "testApp.runAll": [
    (o) => testingPackage.createTestApp(app()).runAll(o),
    {},
    ["maxRun", "maxRuns"],
    { maxRuns: 0, concurrency: "1" },
  ],
  appConformance: [
    (o) => testingPackage.appConformance(app(), o),
    { like: [adapter] },
    ["sample", "samples"],
    { like: [], samples: 1, lock: 1 },
  ],
  expectEnqueued: [
    (o) => {
      using jobs = testingPackage.fake(app());
      testingPackage.expectEnqueued(jobs, task, {}, o);
    },
    {},
    ["delay", "delayMs"],
    { count: -1, id: 1, queue: 1, delayMs: "5s", at: 1, priority: "1", headers: "x" },
  ],
  fake: fakeDoor(testingPackage.fake),
  "testing/node-test fake": fakeDoor(nodeTestPackage.fake),
  "testing/vitest fake": fakeDoor(vitestPackage.fake),
};
