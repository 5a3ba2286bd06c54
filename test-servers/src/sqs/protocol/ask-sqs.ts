import type { SqsBody } from "./sqs-call.ts";

/** The HTTP answer. */
export interface RawAnswer {
  readonly code: number;
  /** The header in which SDKs find the older name of an error. */
  readonly queryError: string | null;
  readonly body: SqsBody;
}

/** Sends a request like an SDK's, without an SDK. @throws TypeError when the connection is cut. */
export async function askSqs(url: string, action: string, body: SqsBody): Promise<RawAnswer> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${action}` },
    body: JSON.stringify(body),
  });
  return {
    code: answer.status,
    queryError: answer.headers.get("x-amzn-query-error"),
    body: (await answer.json()) as SqsBody,
  };
}
