/** The file that a worker process of a host runs. Built, since a process and a thread start with plain Node. */
export const CHILD_MAIN = new URL("../dist/child-main.js", import.meta.url);

/** The file that a thread runs first. */
export const THREAD_MAIN = new URL("../dist/thread-main.js", import.meta.url);
