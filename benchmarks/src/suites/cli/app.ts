import { createApp, defineTask, handle } from "@jobs/core";

/** The app of a project in JavaScript, as it lies in `dist`: what `jobs enqueue` loads. */
const myTask = defineTask("my_task", { a: "number", b: "number" });

export default createApp({ tasks: [myTask], handlers: [handle(myTask, ({ a, b }) => a + b)] });
