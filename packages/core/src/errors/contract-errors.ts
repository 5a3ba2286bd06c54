import { JobsError } from "./jobs-error.ts";

/** Where a contract was checked: by the producer before sending, or by the worker before running. */
export type CheckPhase = "enqueue" | "work";

/** One reason why parameters do not fit a signature. */
export interface SignatureIssue {
  /** JSON pointer to the place, e.g. `/a` or `/tags/0`. */
  readonly path: string;
  /** Which of the three checks failed. */
  readonly kind: "missing" | "unexpected" | "invalid";
  /** What would have been right, in words: `number`, `a string of at least 3 characters`. Never a value from the job. */
  readonly expected?: string;
  /** What came instead, as a type word; never the value itself, which may be secret. */
  readonly got?: string;
  /** For an unexpected name: the declared name that was probably meant. */
  readonly suggestion?: string;
}

/** No task of that name is known. Nothing was sent. */
export class UnknownTaskError extends JobsError {
  /** The name as it was given. */
  readonly task: string;
  /** The declared name that was probably meant, if one is close. */
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

/** The parameters do not fit the task's signature. At enqueue nothing was sent; at work nothing was run. */
export class SignatureError extends JobsError {
  /** The task's name. */
  readonly task: string;
  /** Whether the producer or the worker found it. */
  readonly phase: CheckPhase;
  /** Every reason, in the order of the checks. */
  readonly issues: readonly SignatureIssue[];

  constructor(task: string, phase: CheckPhase, issues: readonly SignatureIssue[], signature: string) {
    const where = phase === "enqueue" ? "refused at enqueue" : "refused by the worker";
    super(
      "signature_mismatch",
      `task "${task}" ${where}: ${describeIssues(issues)} Signature: ${signature}.`,
      {
        hint: "Pass exactly these names. To rename one, add the new name as optional first (docs/guide/signatures.md#parallel-change).",
      },
    );
    this.task = task;
    this.phase = phase;
    this.issues = issues;
  }

  /** Names that the signature requires and the parameters lack. */
  get missing(): readonly string[] {
    return this.#names("missing");
  }

  /** Names that the signature does not know. */
  get unexpected(): readonly string[] {
    return this.#names("unexpected");
  }

  /** Places whose value has a wrong type. */
  get invalid(): readonly SignatureIssue[] {
    return this.issues.filter((issue) => issue.kind === "invalid");
  }

  #names(kind: SignatureIssue["kind"]): readonly string[] {
    return this.issues.filter((issue) => issue.kind === kind).map((issue) => plainPath(issue.path));
  }
}

/** A value that the trip through JSON would change or lose; refused instead, with its place. */
export class NotJsonError extends JobsError {
  /** Where it sits, e.g. `params.items[2].when`. */
  readonly path: string;
  /** What it is, in words: `a Date`, `NaN`, `a class instance`. */
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

/** A message is read by people; `issues` has the rest. */
const MAX_DESCRIBED = 10;

/** Names nobody declared come from outside and may have any length. */
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
  if (issue.kind === "missing") return `missing ${name}`;
  if (issue.kind === "unexpected") {
    return issue.suggestion === undefined
      ? `unexpected ${name}`
      : `unexpected ${name}, did you mean ${issue.suggestion}?`;
  }
  const got = issue.got === undefined ? "" : `, got ${issue.got}`;
  return `${name === "" ? "params" : name} must be ${issue.expected ?? "valid"}${got}`;
}
