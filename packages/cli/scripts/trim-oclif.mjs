// Keeps oclif's plugin machinery, spinners and debug logging out of the bundle: they take longer to load than most
// commands to run, and there are no plugins here. Parser, flags and help stay as they are.

/** Modules of oclif, below its `lib`, and what stands in for them. */
const STAND_INS = {
  "config/index.js": "",
  "config/ts-path.js": "exports.tsPath = async () => undefined;",
  "module-loader.js": "",
  "errors/handle.js": "exports.handle = (error) => { throw error; };",
  "errors/errors/pretty-print.js":
    "exports.default = (error) => error.message; exports.applyPrettyPrintOptions = (error) => error;",
  "logger.js":
    "const log = () => {}; exports.getLogger = () => ({ debug: log, error: log, info: log, trace: log, warn: log });" +
    "exports.makeDebug = () => log; exports.setLogger = log; exports.clearLoggers = log;",
  "ux/index.js":
    "const { colorize } = require('./theme'); const write = (text) => void process.stdout.write(text + '\\n');" +
    "exports.ux = { action: { stop() {} }, colorize, stdout: write, stderr: write };",
  "ux/supports-color.js": "exports.supportsColor = () => false;",
};

/** Modules that load the help for oclif's own `--help` flag, which this command does not use. */
const WITHOUT_HELP = /[\\/]lib[\\/](command|flags)\.js$/;

/** An esbuild plugin. */
export const trimOclif = {
  name: "trim-oclif",
  setup(build) {
    build.onLoad({ filter: /@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, ({ path }) => {
      const module = path.split(/@oclif[\\/]core[\\/]lib[\\/]/)[1].replaceAll("\\", "/");
      return Object.hasOwn(STAND_INS, module) ? { contents: STAND_INS[module], loader: "js" } : undefined;
    });
    build.onResolve({ filter: /^\.\/help(\/util)?$/ }, ({ importer }) =>
      WITHOUT_HELP.test(importer) ? { path: "no-help", namespace: "trim-oclif" } : undefined,
    );
    build.onLoad({ filter: /./, namespace: "trim-oclif" }, () => ({ contents: "", loader: "js" }));
  },
};
