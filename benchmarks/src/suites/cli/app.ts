import { createApp, defineTask, handle } from "@jobs/core";

/** The app of a project in JavaScript, compiled to `dist`. `jobs enqueue` loads it. */
const myTask = defineTask("my_task", { a: "number", b: "number" });

export default createApp({ tasks: [myTask], handlers: [handle(myTask, ({ a, b }) => a + b)] });
