export { type ConfigFileSource, configureApp, defineConfig } from "./project/define-config.ts";
