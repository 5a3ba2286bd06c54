// #region function
import { createProducer, sqs } from "@jobs/producer";
import { resize } from "./tasks.ts";

interface Env {
  readonly AWS_REGION: string;
  readonly AWS_ACCOUNT_ID: string;
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
  /** Another SQS than AWS's. */
  readonly SQS_ENDPOINT?: string;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
    const endpoint = env.SQS_ENDPOINT === undefined ? {} : { endpoint: env.SQS_ENDPOINT };
    const to = sqs({ region: env.AWS_REGION, accountId: env.AWS_ACCOUNT_ID, credentials, ...endpoint });
    const { file } = (await request.json()) as { file: string };
    const { id } = await createProducer({ to }).enqueue(resize, { file });
    return Response.json({ id }, { status: 202 });
  },
};
// #endregion
