// #region function
import { sqs } from "@jobs/adapter-sqs";
import { lambdaHandler } from "@jobs/adapter-sqs/lambda";
import { createApp, defineTask, handle } from "@jobs/core";

export const sendEmail = defineTask("send_email", { to: "string" }, { queue: "mail", maxAttempts: 5 });

export const app = createApp({
  broker: sqs(), // region and credentials: those of the function
  tasks: [sendEmail],
  handlers: [handle(sendEmail, ({ to }) => console.log(`mail to ${to}`))],
});

export const handler = lambdaHandler(app);
// #endregion
