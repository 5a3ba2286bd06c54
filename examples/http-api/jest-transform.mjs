// jest does not read TypeScript. esbuild removes the types and changes nothing else.
import { transformSync } from "esbuild";

export default {
  process: (text, file) =>
    transformSync(text, { loader: "ts", target: "node20", sourcefile: file, sourcemap: "inline" }),
};
