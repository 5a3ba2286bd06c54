import { CreateError } from "./create-error.ts";

/** A broker that a new project can begin with. */
export type BrokerName = "sqlite" | "redis" | "postgres" | "sqs";

/** What a project's files say differently for each broker. */
export interface BrokerChoice {
  /** The adapter. */
  readonly package: string;
  /** What app.ts imports from the adapter. */
  readonly imports: string;
  /** Lines of app.ts in front of the app; empty where it needs none. */
  readonly constants: string;
  /** The call in app.ts. */
  readonly call: string;
  /** The line of app.ts that keeps the history of jobs; empty where a database has to be chosen for it. */
  readonly history: string;
  /** Other services of compose.yaml, indented as there; empty where there are none. */
  readonly services: string;
  /** Lines of the worker's service in compose.yaml. */
  readonly worker: string;
  /** Further files by path. */
  readonly files: Readonly<Record<string, string>>;
  /** How to get a broker on this machine; `undefined` where it needs no server. */
  readonly server?: string;
}

/** All choices, the default first. */
export const BROKER_CHOICES: Readonly<Record<BrokerName, BrokerChoice>> = {
  sqlite: {
    package: "@jobs/adapter-sqlite",
    imports: "sqlite, sqliteHistory",
    constants: "",
    call: `sqlite({ file: ".jobs/jobs.db" })`,
    history: `  history: sqliteHistory({ file: ".jobs/jobs.db" }),\n`,
    services: "",
    worker: `    volumes:
      - ./.jobs:/srv/app/.jobs
`,
    files: {},
  },
  redis: {
    package: "@jobs/adapter-redis",
    imports: "redis",
    constants: "",
    call: `redis({ url: process.env.REDIS_URL ?? "redis://127.0.0.1:6379" })`,
    history: "",
    services: `  redis:
    image: redis:8-alpine
    # Jobs are data, not a cache: they survive a restart, and none is evicted.
    command: redis-server --appendonly yes --maxmemory-policy noeviction
    ports:
      - "127.0.0.1:6379:6379"
    volumes:
      - redis:/data
    healthcheck:
      test: redis-cli ping
      interval: 2s
`,
    worker: `    environment:
      REDIS_URL: redis://redis:6379
    depends_on:
      redis: { condition: service_healthy }
`,
    files: {},
    server: "docker compose up --detach redis",
  },
  postgres: {
    package: "@jobs/adapter-postgres",
    imports: "postgres, postgresHistory",
    constants: `const url = process.env.DATABASE_URL ?? "postgres://jobs:jobs@127.0.0.1:5432/jobs";\n\n`,
    call: "postgres({ url })",
    history: "  history: postgresHistory({ url }),\n",
    services: `  postgres:
    image: postgres:17-alpine
    environment:
      POSTGRES_USER: jobs
      POSTGRES_PASSWORD: jobs
    ports:
      - "127.0.0.1:5432:5432"
    volumes:
      - postgres:/var/lib/postgresql/data
    healthcheck:
      test: pg_isready --username jobs --host 127.0.0.1
      interval: 2s
`,
    worker: `    environment:
      DATABASE_URL: postgres://jobs:jobs@postgres:5432/jobs
    depends_on:
      postgres: { condition: service_healthy }
`,
    files: {},
    server: "docker compose up --detach --wait postgres",
  },
  sqs: {
    package: "@jobs/adapter-sqs",
    imports: "sqs",
    constants: "",
    call: `sqs({ region: process.env.AWS_REGION ?? "eu-west-1" })`,
    history: "",
    services: `  # An endpoint for this machine. In production leave it out: the worker then talks to AWS.
  sqs:
    image: kibertoad/fauxqs
    environment:
      FAUXQS_INIT: /app/queues.json
    ports:
      - "127.0.0.1:4566:4566"
    volumes:
      - ./queues.json:/app/queues.json:ro
`,
    worker: `    environment:
      AWS_ENDPOINT_URL_SQS: http://sqs:4566
      AWS_REGION: eu-west-1
      AWS_ACCESS_KEY_ID: local
      AWS_SECRET_ACCESS_KEY: local
    depends_on:
      sqs: { condition: service_healthy }
`,
    files: { "queues.json": queuesOfSqs() },
    server: "docker compose up --detach sqs",
  },
};

/** The broker of this name. Default: the first, which needs no server. @throws CreateError `unknown_broker` */
export function findBroker(name: string | undefined): BrokerName {
  const names = Object.keys(BROKER_CHOICES) as BrokerName[];
  const found = names.find((known) => known === (name ?? names[0]));
  if (found !== undefined) return found;
  throw new CreateError(
    "unknown_broker",
    `${JSON.stringify(name)} is no broker that a project can begin with.`,
    `take ${names.join(", ")}; the app can have any other later`,
  );
}

/** The queues that app.ts uses, for the endpoint of this machine; `jobs infra print` makes those of AWS. */
function queuesOfSqs(): string {
  const region = "eu-west-1";
  const redrive = {
    deadLetterTargetArn: `arn:aws:sqs:${region}:000000000000:default-dead`,
    maxReceiveCount: "10",
  };
  const queues = [
    { name: "default-dead" },
    { name: "default", attributes: { RedrivePolicy: JSON.stringify(redrive) } },
  ];
  return `${JSON.stringify({ region, queues }, undefined, 2)}\n`;
}
