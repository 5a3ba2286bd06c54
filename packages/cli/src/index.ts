export { type ConfigFileSource, defineConfig } from "./project/define-config.ts";
