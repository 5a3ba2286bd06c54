import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { BROKER_CHOICES, type BrokerChoice, type BrokerName } from "./broker-choice.ts";
import type { PackageManager } from "./package-manager.ts";

/** TypeScript, or JavaScript without a build. */
export type Language = "typescript" | "javascript";

/** What decides the content of the files. */
export interface ProjectChoices {
  /** Folder of the project; its last part is the project's name. */
  readonly folder: string;
  readonly broker: BrokerName;
  readonly language: Language;
  readonly packageManager: PackageManager;
}

/** The files of a new project but package.json: path from its folder to content. */
export function projectFiles(choices: ProjectChoices): ReadonlyMap<string, string> {
  const choice = BROKER_CHOICES[choices.broker];
  const extension = choices.language === "typescript" ? "ts" : "js";
  const code = (text: string) =>
    extension === "ts" ? text : text.replaceAll(/(?<=\.\.?\/app)\.ts(?=")/g, ".js");
  const replacements = { NAME: basename(choices.folder), RUN: `${choices.packageManager} run` };
  return new Map([
    [`app.${extension}`, code(withBroker(template("app.ts"), choice))],
    [`jobs.config.${extension}`, code(template("jobs.config.ts"))],
    [`test/app.test.${extension}`, code(template("app-test.ts"))],
    ...(extension === "ts" ? [["tsconfig.json", template("tsconfig.json")] as const] : []),
    ["Dockerfile", template("Dockerfile")],
    ["compose.yaml", compose(choice)],
    // npm leaves files of these names out of an archive, so that the templates have no dot.
    [".dockerignore", template("dockerignore")],
    [".gitignore", template("gitignore")],
    [
      "README.md",
      filled(
        template("README.md")
          .replaceAll("app.ts", `app.${extension}`)
          .replaceAll("config.ts", `config.${extension}`),
        replacements,
      ),
    ],
    ...Object.entries(choice.files),
  ]);
}

function template(name: string): string {
  return readFileSync(new URL(`../templates/${name}`, import.meta.url), "utf8");
}

/** The template uses SQLite, so that it is a program that runs. */
function withBroker(app: string, choice: BrokerChoice): string {
  const { call, imports, history, package: name } = BROKER_CHOICES.sqlite;
  return app
    .replace(
      `import { ${imports} } from "${name}";`,
      () => `import { ${choice.imports} } from "${choice.package}";`,
    )
    .replace(call, () => choice.call)
    .replace(history, () => choice.history)
    .replace("export default createApp", () => `${choice.constants}export default createApp`);
}

function compose({ services, worker }: BrokerChoice): string {
  const names = [...services.matchAll(/^ {6}- (\w+):\//gm)].map(([, name]) => `  ${name}:\n`);
  const volumes = names.length === 0 ? "" : `\nvolumes:\n${names.join("")}`;
  return `services:
${services}  worker:
    build: .
    # Longer than jobs worker --print-grace says.
    stop_grace_period: 40s
    restart: on-failure
${worker}${volumes}`;
}

function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\b[A-Z]{3,4}\b/g, (word) => values[word] ?? word);
}
