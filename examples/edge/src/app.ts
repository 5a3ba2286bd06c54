import { sqs } from "@jobs/adapter-sqs";
import { createApp, handle } from "@jobs/core";
import { resize } from "./tasks.ts";

/** Runs where Node is: `jobs worker` loads it. */
export const app = createApp({
  broker: sqs(),
  tasks: [resize],
  handlers: [handle(resize, ({ file, width = 800 }) => console.log(`${file} to ${width} px`))],
});
