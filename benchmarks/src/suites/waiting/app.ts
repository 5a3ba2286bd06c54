import { createApp, defineTask } from "@jobs/core";

const queue = "mail";
const address = { type: "object", properties: { street: { type: "string" }, zip: { type: "string" } } };

/** Two tasks in one queue. `jobs check --live` loads this module, compiled to `dist`. */
export const mail = defineTask(
  "send_email",
  {
    type: "object",
    properties: { to: { type: "string" }, subject: { type: "string" }, addr: address },
    required: ["to", "subject"],
  } as const,
  { queue },
);
export const resize = defineTask("resize", { url: "string", width: "integer" }, { queue });

export default createApp({ tasks: [mail, resize] });
