import { describe, expect, it } from "vitest";
import type { ConfigLayer } from "./config-layer.ts";
import { constructorLayer } from "./constructor-layer.ts";
import { environmentLayer } from "./environment-layer.ts";
import { resolveConfig } from "./precedence.ts";
import { ROOT_SETTINGS } from "./root-settings.ts";
import { TASK_SETTINGS } from "./task-settings.ts";
import { WORKER_SETTINGS } from "./worker-settings.ts";

const flags = (worker: object): ConfigLayer => ({
  layer: "flag",
  worker,
  where: (path) => `--${path.split(".")[1]}`,
});
const env = environmentLayer;
const file = (content: object): ConfigLayer => ({ layer: "file", ...content, where: () => "jobs.yaml:3" });
const code = (worker: object) => constructorLayer({ worker });
const declared = (...names: readonly string[]): ConfigLayer => ({
  layer: "constructor",
  tasks: Object.fromEntries(names.map((name) => [name, {}])),
});

describe("precedence of layers [C15]", () => {
  const all = {
    flag: flags({ concurrency: "1" }),
    environment: env({ JOBS_WORKER_CONCURRENCY: "2" }),
    file: file({ worker: { concurrency: 3 } }),
    constructor: code({ concurrency: 4 }),
  };

  it.each([
    [["constructor", "file", "environment", "flag"], 1],
    [["constructor", "file", "environment"], 2],
    [["constructor", "file"], 3],
    [["constructor"], 4],
    [[], 10],
  ] as const)("of %j the strongest wins", (names, concurrency) => {
    const layers = names.map((name) => all[name]);
    expect(resolveConfig(layers).worker.concurrency).toBe(concurrency);
    expect(resolveConfig(layers.toReversed()).worker.concurrency).toBe(concurrency);
  });

  it("holds for the prefix and the broker as for any other setting", () => {
    const layers = [
      env({ JOBS_QUEUE_PREFIX: "e-", JOBS_BROKER: "redis" }),
      file({ queuePrefix: "f-", broker: "sqs" }),
    ];
    expect(resolveConfig(layers)).toMatchObject({ queuePrefix: "e-", broker: "redis" });
  });

  it("lets the earlier of two constructor layers win: what app.worker() gets beats createApp", () => {
    expect(resolveConfig([code({ leaseMs: 1_000 }), code({ leaseMs: 2_000 })]).worker.leaseMs).toBe(1_000);
  });

  it("options in code cannot bypass the environment [C20]", () => {
    const layers = [code({ waitMs: 1 }), env({ JOBS_WORKER_WAIT: "5s" })];
    expect(resolveConfig(layers).worker.waitMs).toBe(5_000);
  });

  it("resolves again from its own layers when others are added", () => {
    const inner = resolveConfig([code({ concurrency: 4, leaseMs: 2_000 })]);
    const outer = resolveConfig([flags({ concurrency: 1 }), ...inner.layers]);
    expect(outer.worker).toMatchObject({ concurrency: 1, leaseMs: 2_000 });
  });
});

describe("settings of tasks [C12 C13 C16 C17]", () => {
  const timeout = (layers: readonly ConfigLayer[]) => resolveConfig(layers).task("mail").timeoutMs;

  it("takes the task's own section", () => {
    expect(timeout([file({ tasks: { mail: { timeout: "1s" } } })])).toBe(1_000);
  });

  it("an own section without the key falls back to DEFAULT [C17]", () => {
    expect(timeout([file({ tasks: { mail: { queue: "m" }, DEFAULT: { timeout: "2s" } } })])).toBe(2_000);
  });

  it("prefers the own section to DEFAULT within a layer", () => {
    expect(timeout([file({ tasks: { DEFAULT: { timeout: "2s" }, mail: { timeout: "1s" } } })])).toBe(1_000);
  });

  it("reads the task's own variable before the shared one [C14]", () => {
    expect(timeout([env({ JOBS_TASK_MAIL_TIMEOUT: "3s", JOBS_TASK_DEFAULT_TIMEOUT: "4s" })])).toBe(3_000);
  });

  it("a shared variable beats the task's own section in the file [C16]", () => {
    const layers = [env({ JOBS_TASK_DEFAULT_TIMEOUT: "4s" }), file({ tasks: { mail: { timeout: "1s" } } })];
    expect(timeout(layers)).toBe(4_000);
  });

  it("takes the options of defineTask as the constructor layer of that task", () => {
    const task = { name: "mail", options: { timeoutMs: 5_000, maxAttempts: 3 } } as never;
    const layers = [constructorLayer({ tasks: [task] })];
    expect(resolveConfig(layers).task("mail")).toMatchObject({
      timeoutMs: 5_000,
      maxAttempts: 3,
      queue: "default",
    });
    expect(timeout([...layers, file({ tasks: { DEFAULT: { timeout: "2s" } } })])).toBe(2_000);
  });

  it("reads off as no time limit", () => {
    expect(timeout([env({ JOBS_TASK_MAIL_TIMEOUT: "off" })])).toBe(Number.POSITIVE_INFINITY);
  });

  it("spells dots and dashes of task names as underscores in variables", () => {
    const config = resolveConfig([env({ JOBS_TASK_SEND_MAIL_2_ON_MISMATCH: "dead" })]);
    expect(config.task("send.mail-2").onMismatch).toBe("dead");
  });

  it("names of built-in properties are tasks like any other", () => {
    expect(resolveConfig([file({ tasks: {} })]).task("constructor").queue).toBe("default");
    const poisoned = file({ tasks: JSON.parse('{"__proto__":{"queue":"evil"}}') });
    expect(resolveConfig([poisoned]).task("mail").queue).toBe("default");
  });
});

describe("what cannot be read [C18 E10]", () => {
  it.each([
    [
      env({ JOBS_WORKER_CONCURRENCY: "many" }),
      'JOBS_WORKER_CONCURRENCY: worker.concurrency must be a whole number from 1 to 10000, got "many".',
    ],
    [
      env({ JOBS_TASK_MAIL_TIMEOUT: "soon" }),
      /^JOBS_TASK_MAIL_TIMEOUT: tasks\.MAIL\.timeout must be a duration .* got "soon"\.$/,
    ],
    [file({ worker: { lease: "3x" } }), /^jobs\.yaml:3: worker\.lease must be a duration .* got "3x"\.$/],
    [
      file({ tasks: { mail: { compat: "lax" } } }),
      'jobs.yaml:3: tasks.mail.compat must be strict or additive, got "lax".',
    ],
    [file({ worker: "fast" }), "jobs.yaml:3: worker must be a section with settings by name."],
    [flags({ shutdownTimeout: "-1s" }), /^--shutdownTimeout: worker\.shutdownTimeout must be a duration/],
    [
      code({ leaseMs: Number.NaN }),
      "worker.lease must be a duration of at least 10 ms (250ms, 30s, 5m, 2h, 1d; 36500d at most), got NaN.",
    ],
  ])("names the place (%#)", (layer, message) => {
    expect(() => resolveConfig([layer])).toThrow(expect.objectContaining({ code: "invalid_config" }));
    expect(() => resolveConfig([layer])).toThrow(message);
  });

  it("is an error also where a stronger layer would have won", () => {
    expect(() => resolveConfig([flags({ lease: "3s" }), file({ worker: { lease: "x" } })])).toThrow(
      "worker.lease",
    );
  });

  it("does not quote a broker's URL [F62]", () => {
    const secret = { layer: "file", broker: { url: "redis://:s3cret@host" } } as const;
    expect(() => resolveConfig([secret])).toThrow(/^broker must be a text\.$/);
  });
});

describe("what nobody reads [E11]", () => {
  const warnings = (...layers: readonly ConfigLayer[]) => resolveConfig(layers).warnings;

  it.each([
    ["JOBS_WORKER_CONCURENCY", "JOBS_WORKER_CONCURRENCY"],
    ["JOBS_BROKR", "JOBS_BROKER"],
    ["JOBS_TASK_MAIL_TIMEUOT", "JOBS_TASK_MAIL_TIMEOUT"],
    ["JOBS_WORKER_TIMEOUT", "JOBS_TASK_DEFAULT_TIMEOUT"],
  ])("warns of %s and suggests %s", (variable, suggestion) => {
    expect(warnings(env({ [variable]: "1" }))).toEqual([
      `${variable} is not a known variable. Did you mean ${suggestion}?`,
    ]);
  });

  it("warns of an unknown key in a file, also when it is the resolved name", () => {
    expect(
      warnings(file({ worker: { concurency: 1, leaseMs: 5 }, tasks: { a: { maxAttempts: 3 } } })),
    ).toEqual([
      "jobs.yaml:3: worker.concurency is not a known setting. Did you mean concurrency?",
      "jobs.yaml:3: worker.leaseMs is not a known setting. Did you mean lease?",
      "jobs.yaml:3: tasks.a.maxAttempts is not a known setting. Did you mean attempts?",
    ]);
  });

  it("warns of settings for a task that is not declared", () => {
    expect(
      warnings(file({ tasks: { mial: {} } }), env({ JOBS_TASK_MIAL_QUEUE: "q" }), declared("mail")),
    ).toEqual([
      "JOBS_TASK_MIAL_* is for a task that does not exist. Did you mean MAIL?",
      "tasks.mial is for a task that does not exist. Did you mean mail?",
    ]);
  });

  it("warns when two tasks share a variable", () => {
    expect(warnings(env({ JOBS_TASK_A_B_QUEUE: "q" }), declared("a.b", "a-b"))).toEqual([
      "JOBS_TASK_A_B_* is ambiguous: it sets a.b and a-b alike.",
    ]);
  });

  it("is silent about empty variables, foreign ones and those that the caller knows", () => {
    const others = { JOBS_WORKER_LEASE: "", PATH: "/", JOBS_TEST_REDIS_URL: "x", JOBS_LOG_LEVEL: "info" };
    expect(warnings(environmentLayer(others, ["JOBS_LOG_LEVEL"]))).toEqual([]);
  });

  it("puts the caller's warnings first", () => {
    expect(resolveConfig([env({ JOBS_X: "1" })], ["first"]).warnings[0]).toBe("first");
  });
});

describe("explain", () => {
  const config = resolveConfig([
    flags({ concurrency: "1" }),
    env({ JOBS_WORKER_CONCURRENCY: "2", JOBS_TASK_DEFAULT_TIMEOUT: "4s" }),
    file({ worker: { concurrency: 3 }, tasks: { mail: { timeout: "1s" } } }),
    declared("mail"),
  ]);

  it("tells who won and what it shadowed, strongest first", () => {
    expect(config.explain("worker.concurrency")).toEqual({
      key: "worker.concurrency",
      value: 1,
      layer: "flag",
      where: "--concurrency",
      shadowed: [
        { value: 2, layer: "environment", where: "JOBS_WORKER_CONCURRENCY" },
        { value: 3, layer: "file", where: "jobs.yaml:3" },
        { value: 10, layer: "default" },
      ],
    });
  });

  it("shows that a shared variable shadows the task's own entry, with or without tasks. in front [C16]", () => {
    const explained = {
      key: "tasks.mail.timeout",
      value: 4_000,
      where: "JOBS_TASK_DEFAULT_TIMEOUT",
      shadowed: [
        { value: 1_000, layer: "file" },
        { value: 900_000, layer: "default" },
      ],
    };
    expect(config.explain("tasks.mail.timeout")).toMatchObject(explained);
    expect(config.explain("mail.timeout")).toMatchObject(explained);
  });

  it("knows settings that nobody has set", () => {
    expect(config.explain("mail.domain")).toEqual({
      key: "tasks.mail.domain",
      value: undefined,
      layer: "default",
      shadowed: [],
    });
  });

  it.each([
    ["worker.concurency", "Did you mean worker.concurrency?"],
    ["mail.timout", "Did you mean tasks.mail.timeout?"],
    ["mial.timeout", "Did you mean tasks.mail.timeout?"],
    ["tasks.unlike.attempts", "Known: mail."],
    ["nonsense", "jobs config lists all settings."],
    ["worker.timeout", expect.stringContaining("")],
  ])("refuses the unknown key %s", (key, hint) => {
    expect(() => config.explain(key)).toThrow(expect.objectContaining({ code: "invalid_config", hint }));
  });

  it("knows the shared section, and without declared tasks any task", () => {
    expect(config.explain("tasks.DEFAULT.timeout").value).toBe(4_000);
    expect(resolveConfig([]).explain("mial.timeout").key).toBe("tasks.mial.timeout");
  });

  it("lists every setting of root, worker and declared tasks, sorted", () => {
    const keys = config.entries().map((entry) => entry.key);
    expect(keys).toEqual([...keys].sort());
    expect(keys).toContain("tasks.mail.backoff");
    const groups = [ROOT_SETTINGS, WORKER_SETTINGS, TASK_SETTINGS];
    expect(keys).toHaveLength(groups.flatMap((group) => Object.keys(group)).length);
  });
});
