// The app of a project, for `jobs worker` in its own process. The environment says what it is made of.
import { createWatchedApp, WATCHED_APP, type WatchedApp } from "./watched-app.ts";

export default createWatchedApp(JSON.parse(process.env[WATCHED_APP] ?? "{}") as WatchedApp);
