// #region edge
import { createProducer, sqs } from "@jobs/producer";
import { sendReceipt } from "../../../jobs/tasks.ts";

export const runtime = "edge";

export async function POST(request: Request): Promise<Response> {
  const {
    AWS_REGION = "",
    AWS_ACCOUNT_ID = "",
    AWS_ACCESS_KEY_ID = "",
    AWS_SECRET_ACCESS_KEY = "",
  } = process.env;
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
  const endpoint = process.env.SQS_ENDPOINT === undefined ? {} : { endpoint: process.env.SQS_ENDPOINT };
  const to = sqs({ region: AWS_REGION, accountId: AWS_ACCOUNT_ID, credentials, ...endpoint });
  const { email } = (await request.json()) as { email: string };
  const { id } = await createProducer({ to }).enqueue(sendReceipt, { to: email });
  return Response.json({ id }, { status: 202 });
}
// #endregion
