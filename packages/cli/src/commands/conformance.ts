import { randomInt } from "node:crypto";
import { resolve } from "node:path";
import { ConfigError } from "@jobs/core";
import { countOf } from "@jobs/core/config";
import { GLOBAL_FLAGS, timeFlag } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { Args, Flags } from "../base/oclif.ts";
import {
  type ClauseVerdict,
  type CreateHarness,
  judgeAdapter,
  type Kit,
  type ModelVerdict,
} from "../conformance/judge-adapter.ts";
import { CliError } from "../output/cli-error.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import { printableLines } from "../output/printable.ts";
import { loadPackage } from "../project/find-adapter.ts";
import { loadModule } from "../project/load-module.ts";

/** How long a clause, or a sequence of the model, may take, in ms. */
const TIMEOUT_MS = 10_000;

export default class Conformance extends JobsCommand {
  static override args = {
    harness: Args.string({
      description: "Module whose default export makes a harness of the adapter on fresh storage.",
      required: true,
      ignoreStdin: true,
    }),
  };
  static override flags = {
    clauses: Flags.string({
      description: "Only these clauses, and no model unless --model-runs asks for it.",
      helpValue: "L3,T1",
      parse: async (written) => written.toUpperCase(),
    }),
    "model-runs": Flags.integer({
      description: "Random sequences to compare with the model. Default 200.",
      min: 0,
    }),
    seed: Flags.integer({
      description: "Repeat the search of this seed. Default: a new one, which is printed.",
    }),
    timeout: timeFlag({ description: "How long one clause or sequence may take. Default 10s." }),
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs conformance ./test/harness.ts",
    "jobs conformance ./test/harness.ts --clauses L3,T1",
  ];

  async run(): Promise<ExitCode> {
    const { flags, args } = await this.parse(Conformance);
    const kit = (await loadPackage("@jobs/broker-conformance", process.cwd())) as unknown as Kit;
    const createHarness = await loadHarness(args.harness);
    const ids = flags.clauses?.split(",").map((id) => id.trim()) ?? [];
    assertKnown(kit, ids);
    const clauses: ClauseVerdict[] = [];
    const model = await judgeAdapter(kit, createHarness, {
      ids,
      modelRuns: flags["model-runs"] ?? (ids.length === 0 ? 200 : 0),
      seed: flags.seed ?? randomInt(2 ** 31),
      timeoutMs: flags.timeout ?? TIMEOUT_MS,
      onClause: (verdict) => {
        clauses.push(verdict);
        if (!verdict.isKept) this.output.line(brokenText(verdict.id, verdict.rule, verdict.reason));
      },
    });
    const broken = clauses.filter(({ isKept }) => !isKept).length;
    const isConforming = broken === 0 && model.isKept;
    if (this.output.isJson) this.output.json({ schema: "jobs.conformance/1", isConforming, clauses, model });
    else {
      if (!model.isKept)
        this.output.line(brokenText("F10", "Random sequences stay within the model.", model.reason));
      this.output.line(
        `${clauses.length - broken} of ${countOf(clauses.length, "clause")} kept; ${modelText(model)}`,
      );
    }
    return isConforming ? EXIT.ok : EXIT.no;
  }
}

async function loadHarness(file: string): Promise<CreateHarness> {
  const { default: createHarness } = await loadModule(resolve(file), file);
  if (typeof createHarness === "function") return createHarness as CreateHarness;
  throw new ConfigError(`${file}: the default export is not a function that makes a harness.`, {
    hint: "export default () => ({ capabilities, time, openBroker, createQueue, leftovers, corrupt, dispose });",
  });
}

function assertKnown({ listClauses }: Kit, ids: readonly string[]): void {
  const known = new Set(listClauses().map(({ id }) => id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) throw new CliError("usage", `there is no clause ${unknown.join(", ")}.`);
}

function brokenText(id: string, rule: string, reason = ""): string {
  return `${id}  ${rule}\n${printableLines(reason).replaceAll(/^/gm, "    ")}\n`;
}

function modelText({ runs, seed, isKept }: ModelVerdict): string {
  if (runs === 0) return "the model was left out";
  return isKept
    ? `${countOf(runs, "random sequence")} within the model (seed ${seed})`
    : "the model was left";
}
