import { docsPage } from "./docs-page.ts";
import { JobsError } from "./jobs-error.ts";

/**
 * Who checked a contract: the producer before sending, the worker before running, or `app.run`, which runs a job
 * without a broker.
 */
export type CheckPhase = "enqueue" | "work" | "run";

/** What the refusal of a check is called. */
const REFUSED: Readonly<Record<CheckPhase, string>> = {
  enqueue: "refused at enqueue",
  work: "refused by the worker",
  run: "refused before the run",
};

/** One reason why parameters do not fit a signature. */
export interface SignatureIssue {
  /** JSON pointer to the value, e.g. `/a` or `/tags/0`. */
  readonly path: string;
  /** Which of the three checks failed. */
  readonly kind: "missing" | "unexpected" | "invalid";
  /** The expectation in words: `number`, `a string of at least 3 characters`. Never a value from the job. */
  readonly expected?: string;
  /** The type of the given value in one word; never the value, which may be secret. */
  readonly got?: string;
  /** For an unexpected name: the declared name that was probably intended. */
  readonly suggestion?: string;
  /** For a value that a step of a flow takes: its path, and what there is. Only in a {@link FlowValueError}. */
  readonly takenFrom?: string;
}

/** A step between two versions of a task's parameters, which `from` or `to` of the task has. */
export interface VersionStep {
  readonly from: number;
  readonly to: number;
}

/** More about a {@link SignatureError}. */
interface MismatchDetails {
  /** In words. */
  readonly signature: string;
  readonly step?: VersionStep;
  /** What was refused, in words before the issues. */
  readonly what?: string;
  readonly cause?: unknown;
  /** In place of the one that fits the issues. */
  readonly hint?: string;
}

/** No task of that name is known. Nothing was sent. */
export class UnknownTaskError extends JobsError {
  /** The given name. */
  readonly task: string;
  /** The declared name that was probably intended, if one is similar. */
  readonly suggestion: string | undefined;

  constructor(task: string, known: readonly string[], suggestion?: string) {
    const meant = suggestion === undefined ? "" : ` Did you mean "${suggestion}"?`;
    const list = known.length === 0 ? "none" : known.join(", ");
    super("unknown_task", `no task "${task}" is registered.${meant} Known: ${list}.`, {
      hint: "Declare it with defineTask and list it in createApp({ tasks }).",
    });
    this.task = task;
    this.suggestion = suggestion;
  }
}

/** The parameters do not fit the task's signature. At enqueue nothing was sent; else nothing was run. */
export class SignatureError extends JobsError {
  /** The task's name. */
  readonly task: string;
  /** Whether the producer or the worker found it. */
  readonly phase: CheckPhase;
  /** Every reason, in the order of the checks. */
  readonly issues: readonly SignatureIssue[];

  /** The step between two versions of the parameters that failed; `undefined` where none was involved. */
  readonly step: VersionStep | undefined;

  constructor(
    task: string,
    phase: CheckPhase,
    issues: readonly SignatureIssue[],
    { signature, step, what = "", ...options }: MismatchDetails,
  ) {
    const why = issues.length === 0 ? "" : ` ${describeIssues(issues)}`;
    super("signature_mismatch", `task "${task}" ${REFUSED[phase]}:${what}${why} Signature: ${signature}.`, {
      hint: hintOf(issues),
      ...options,
    });
    this.task = task;
    this.phase = phase;
    this.issues = issues;
    this.step = step;
  }

  /** Names that the signature requires and the parameters lack. */
  get missing(): readonly string[] {
    return this.#names("missing");
  }

  /** Names that the signature does not know. */
  get unexpected(): readonly string[] {
    return this.#names("unexpected");
  }

  /** Issues with a value of the wrong type. */
  get invalid(): readonly SignatureIssue[] {
    return this.issues.filter((issue) => issue.kind === "invalid");
  }

  #names(kind: SignatureIssue["kind"]): readonly string[] {
    return this.issues.filter((issue) => issue.kind === kind).map((issue) => plainPath(issue.path));
  }
}

/** A step of a flow returned a value that does not fit the next step. The next step was not run. */
export class FlowValueError extends JobsError {
  /** Name of the task of the step that takes. */
  readonly task: string;
  /** Every reason, each with the place of its value. */
  readonly issues: readonly SignatureIssue[];

  /** `returned`: the steps that returned the value, in words. `signature`: that of the task, in words. */
  constructor(task: string, returned: string, issues: readonly SignatureIssue[], signature: string) {
    super(
      "flow_value_mismatch",
      `step "${task}" of the flow cannot take what ${returned} returned: ${describeIssues(issues)} Signature: ${signature}.`,
      {
        hint: "Return what the step takes, or correct its path (takes, name<path), and start the flow again.",
      },
    );
    this.task = task;
    this.issues = issues;
  }
}

/** A value that JSON would change or lose. It is refused with its path. */
export class NotJsonError extends JobsError {
  /** Its path, e.g. `params.items[2].when`. */
  readonly path: string;
  /** The kind of value in words: `a Date`, `NaN`, `a class instance`. */
  readonly found: string;

  constructor(path: string, found: string, fix?: string) {
    super("not_json", `${path} is ${found}, which JSON cannot carry unchanged.`, {
      hint: fix ?? "Pass plain objects, arrays, strings, finite numbers, booleans and null.",
    });
    this.path = path;
    this.found = found;
  }
}

/** The encoded job is larger than its queue accepts. Nothing was sent. */
export class PayloadTooLargeError extends JobsError {
  /** Size of the encoded envelope in bytes of UTF-8. */
  readonly bytes: number;
  /** The queue's limit in bytes. */
  readonly max: number;

  constructor(what: string, bytes: number, max: number) {
    super("payload_too_large", `${what} is ${bytes} bytes; the queue accepts ${max}.`, {
      hint: "Store the data elsewhere and pass a reference to it.",
    });
    this.bytes = bytes;
    this.max = max;
  }
}

/** What a signature expects instead of a value that is no object of parameters. */
export const NAMED_PARAMS = "an object of named parameters";

/** Wrong names and wrong values are never reported together, so the first issue decides. */
function hintOf([first]: readonly SignatureIssue[]): string {
  if (first?.kind !== "invalid") {
    return `Pass exactly these names. To rename one, add the new name as optional first: ${docsPage("guide/signatures.md#parallel-change")}`;
  }
  if (first.expected === NAMED_PARAMS) return "Pass one object that has each parameter under its name.";
  return "Correct the values. The names are right; the message says what each value must be.";
}

/** More would make the message too long; `issues` has all of them. */
const MAX_DESCRIBED = 10;

/** Undeclared names come from outside and may have any length. */
const MAX_NAME = 80;

/** One sentence, with its own full stop or question mark. */
function describeIssues(issues: readonly SignatureIssue[]): string {
  const described = issues.slice(0, MAX_DESCRIBED).map(describeIssue);
  const rest = issues.length - described.length;
  const sentence = [...described, ...(rest === 0 ? [] : [`and ${rest} more`])].join("; ");
  return sentence.endsWith("?") ? sentence : `${sentence}.`;
}

/** A JSON pointer without its first slash and its escapes: `a/0` for `/a/0`. */
function plainPath(pointer: string): string {
  return pointer.slice(1).replaceAll("~1", "/").replaceAll("~0", "~");
}

function describeIssue(issue: SignatureIssue): string {
  const path = plainPath(issue.path);
  const name = path.length <= MAX_NAME ? path : `${path.slice(0, MAX_NAME)}…`;
  const from = issue.takenFrom === undefined ? "" : `, taken from ${issue.takenFrom}`;
  if (issue.kind === "missing") return `missing ${name}${from}`;
  if (issue.kind === "unexpected") {
    return issue.suggestion === undefined
      ? `unexpected ${name}`
      : `unexpected ${name}, did you mean ${issue.suggestion}?`;
  }
  const got = issue.got === undefined ? "" : `, got ${issue.got}`;
  return `${name === "" ? "params" : name} must be ${issue.expected ?? "valid"}${got}${from}`;
}
