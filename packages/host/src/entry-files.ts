/** What a worker process of a library's host runs. Built, since a process and a thread begin with Node alone. */
export const CHILD_MAIN = new URL("../dist/child-main.js", import.meta.url);

/** What a thread begins with. */
export const THREAD_MAIN = new URL("../dist/thread-main.js", import.meta.url);
