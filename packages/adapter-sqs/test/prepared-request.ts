import { SQS, type SQSClientConfig } from "@aws-sdk/client-sqs";
import type { PreparedRequest } from "../src/direct/http-request.ts";
import { CREDENTIALS } from "./credentials.ts";

/** A request that is ready to be sent, and its body. */
export interface SignedRequest extends PreparedRequest {
  readonly body: Uint8Array;
}

/** What the SDK would send for a body. */
export async function preparedRequest(config: SQSClientConfig, MessageBody = "{}"): Promise<SignedRequest> {
  const client = new SQS({ ...CREDENTIALS, region: "eu-west-1", useQueueUrlAsEndpoint: false, ...config });
  return new Promise((resolve, reject) => {
    const answer = { response: { statusCode: 200, headers: {}, body: Buffer.from("{}") } };
    client.middlewareStack.add(
      () => async (step) => {
        resolve(step.request as SignedRequest);
        return answer;
      },
      { step: "deserialize", name: "keepRequest", priority: "low" },
    );
    const Entries = [{ Id: "0", MessageBody }];
    client.sendMessageBatch({ QueueUrl: "https://queue", Entries }).catch(reject);
  });
}
