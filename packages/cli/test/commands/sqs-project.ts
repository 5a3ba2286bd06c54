import { type SqsEndpoint, startSqsEndpoint } from "@jobs/test-servers";
import { createProject, type ProjectFiles, type TestProject } from "../project.ts";

/** What AWS's SDK reads; no test may reach for the credentials of whoever runs it. */
export const AWS_VARIABLES = {
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_REGION: "us-east-1",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
};

/** A project whose broker is an SQS of its own. */
export interface SqsProject extends AsyncDisposable {
  readonly sqs: SqsEndpoint;
  readonly project: TestProject;
  /** For the command: the endpoint, credentials, and that the broker is SQS. */
  readonly env: Readonly<Record<string, string>>;
}

/** A project on an empty SQS. */
export async function createSqsProject(files: ProjectFiles = {}, fixture?: string): Promise<SqsProject> {
  const sqs = await startSqsEndpoint();
  const project = createProject(files, fixture);
  return {
    sqs,
    project,
    env: { ...AWS_VARIABLES, AWS_ENDPOINT_URL_SQS: sqs.url, JOBS_BROKER: "sqs" },
    async [Symbol.asyncDispose]() {
      project[Symbol.dispose]();
      await sqs.close();
    },
  };
}

/** Makes a queue with one for its dead letters. */
export async function provision(sqs: SqsEndpoint, name: string): Promise<void> {
  await sqs.createQueue({ name, dlq: `${name}-dead`, maxReceiveCount: 20 });
}
