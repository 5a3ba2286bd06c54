import { randomUUID } from "node:crypto";
import { queueArn, queueNameOf } from "../emulator.ts";
import {
  done,
  type SqsAnswer,
  type SqsBody,
  type SqsCall,
  type SqsLayer,
  type SqsService,
} from "../protocol/sqs-call.ts";
import { refused } from "../protocol/sqs-refusal.ts";
import { ask, sourcesOf } from "./dead-letter-sources.ts";

interface MoveTask {
  readonly source: string;
  readonly destination: string;
  readonly startedAt: number;
  readonly handle: string;
  state: "RUNNING" | "COMPLETED" | "CANCELLED" | "FAILED";
  moved: number;
}

/** Long enough that a move does not see a message twice, in seconds. */
const HIDDEN_SECONDS = 60;

/** Redrives as a whole, which the emulator lacks: StartMessageMoveTask and its siblings, and ListDeadLetterSourceQueues. */
export function moveTasks(): SqsLayer {
  const tasks: MoveTask[] = [];
  return async (call, next) => {
    if (call.action === "ListDeadLetterSourceQueues") {
      return done({ queueUrls: await sourcesOf(call, queueNameOf(call.body), next) });
    }
    if (call.action === "StartMessageMoveTask") return start(call, tasks, next);
    if (call.action === "ListMessageMoveTasks") return done({ Results: listed(call.body, tasks) });
    if (call.action === "CancelMessageMoveTask") return cancel(call.body, tasks);
    return next(call);
  };
}

async function start(call: SqsCall, tasks: MoveTask[], next: SqsService): Promise<SqsAnswer> {
  const source = String(call.body.SourceArn);
  const origins = await sourcesOf(call, nameIn(source), next);
  if (origins.length === 0) {
    return refused({
      name: "ResourceNotFoundException",
      message: "Source queue must be configured as a Dead Letter Queue.",
      code: 404,
    });
  }
  if (tasks.some((task) => task.source === source && task.state === "RUNNING")) {
    const message =
      "There is already a task running. Only one active task is allowed for a source queue arn at a given time.";
    return refused({ name: "UnsupportedOperation", message });
  }
  const origin = queueArn(queueNameOf({ QueueUrl: origins[0] }), call.region);
  const destination = String(call.body.DestinationArn ?? origin);
  const task: MoveTask = {
    source,
    destination,
    startedAt: Date.now(),
    handle: randomUUID(),
    state: "RUNNING",
    moved: 0,
  };
  tasks.unshift(task);
  void move(task, call.region, next).catch(() => {
    task.state = "FAILED";
  });
  return done({ TaskHandle: task.handle });
}

async function move(task: MoveTask, region: string, next: SqsService): Promise<void> {
  const [from, to] = [addressOf(task.source), addressOf(task.destination)];
  while (task.state === "RUNNING") {
    const received = await ask(next, {
      action: "ReceiveMessage",
      region,
      body: {
        QueueUrl: from,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: HIDDEN_SECONDS,
        MessageAttributeNames: ["All"],
        MessageSystemAttributeNames: ["MessageGroupId", "MessageDeduplicationId"],
      },
    });
    const messages = (received.Messages ?? []) as readonly SqsBody[];
    for (const message of messages) {
      await ask(next, { action: "SendMessage", region, body: { QueueUrl: to, ...copyOf(message) } });
      await ask(next, {
        action: "DeleteMessage",
        region,
        body: { QueueUrl: from, ReceiptHandle: message.ReceiptHandle },
      });
      task.moved += 1;
    }
    if (messages.length === 0) task.state = "COMPLETED";
  }
}

function copyOf({ Body, MessageAttributes, Attributes }: SqsBody): SqsBody {
  return { MessageBody: Body, MessageAttributes, ...(Attributes as SqsBody | undefined) };
}

function listed({ SourceArn, MaxResults = 1 }: SqsBody, tasks: readonly MoveTask[]): readonly SqsBody[] {
  return tasks
    .filter(({ source }) => source === SourceArn)
    .slice(0, Number(MaxResults))
    .map(({ source, destination, startedAt, handle, state, moved }) => ({
      SourceArn: source,
      DestinationArn: destination,
      StartedTimestamp: startedAt,
      Status: state,
      ApproximateNumberOfMessagesMoved: moved,
      ...(state === "RUNNING" ? { TaskHandle: handle } : {}),
    }));
}

function cancel({ TaskHandle }: SqsBody, tasks: readonly MoveTask[]): SqsAnswer {
  const task = tasks.find(({ handle, state }) => handle === TaskHandle && state === "RUNNING");
  if (task === undefined) {
    return refused({ name: "ResourceNotFoundException", message: "Task does not exist.", code: 404 });
  }
  task.state = "CANCELLED";
  return done({ ApproximateNumberOfMessagesMoved: task.moved });
}

function nameIn(arn: string): string {
  return arn.split(":").at(-1) ?? "";
}

/** The emulator reads only the name. */
function addressOf(arn: string): string {
  return `/${nameIn(arn)}`;
}
