export { configureApp } from "./project/configure-app.ts";
export { type ConfigFileSource, defineConfig } from "./project/define-config.ts";
