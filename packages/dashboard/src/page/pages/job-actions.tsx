import { useId, useState } from "preact/hooks";
import type { JobDetail } from "../../api/api-types.ts";
import { useLive } from "../data/live.ts";
import { getAnswer, partOf } from "../data/request.ts";
import { ActionButton, useActions } from "../parts/actions.tsx";
import { EditorDialog } from "../parts/editor-dialog.tsx";
import { jsonText } from "../parts/text-format.ts";
import { useDialog } from "../parts/use-dialog.ts";

/** What can be done to a job in its state. */
export function JobActions({ detail, after }: { detail: JobDetail; after: () => void }) {
  const { id, job } = detail;
  const state = partOf(detail.stored)?.state;
  if (job === null || state === undefined) return null;
  const { queue } = job;
  if (state === "leased") return <CancelButton id={id} after={after} />;
  return (
    <div class="buttons">
      {state === "dead" && (
        <>
          <ActionButton
            action={{ action: "retry", queue, ids: [id] }}
            question={{ title: "Retry this job?", text: "It waits in its queue again.", verb: "Retry" }}
            after={after}
          >
            Retry
          </ActionButton>
          <EditButton id={id} queue={queue} after={after} />
        </>
      )}
      {state !== "dead" && <CancelButton id={id} after={after} />}
      <ActionButton
        action={{ action: "remove", queue, ids: [id] }}
        question={{
          title: "Remove this job?",
          text: "It never runs. This cannot be undone.",
          verb: "Remove",
          isDestructive: true,
        }}
        after={after}
      >
        Remove
      </ActionButton>
    </div>
  );
}

function CancelButton({ id, after }: { id: string; after: () => void }) {
  return (
    <ActionButton
      action={{ action: "cancel", id }}
      question={{
        title: "Cancel this job?",
        text: "If it runs, its worker stops it. If it waits, it never runs.",
        verb: "Cancel job",
        isDestructive: true,
      }}
      after={after}
    >
      Cancel job
    </ActionButton>
  );
}

interface EditProps {
  readonly id: string;
  readonly queue: string;
  readonly after: () => void;
}

/** Opens the parameters of a dead letter in an editor. */
function EditButton({ id, queue, after }: EditProps) {
  const app = useLive().overview?.app;
  const { shown, open, close } = useDialog<string>();
  const { report } = useActions();
  if (app?.role !== "act" || !app.mayShowParams) return null;
  const edit = () =>
    getAnswer<JobDetail>(`jobs/${encodeURIComponent(id)}?params=1`).then(
      (detail) => open(jsonText(partOf(detail.stored)?.params ?? {})),
      (error: Error) => report({ text: error.message, isError: true }),
    );
  return (
    <>
      <button type="button" class="small" onClick={edit}>
        Edit and retry
      </button>
      {shown !== undefined && (
        <ParamsDialog
          {...{ id, queue, after }}
          params={shown.about}
          key={shown.key}
          onClose={() => close(shown.key)}
        />
      )}
    </>
  );
}

function ParamsDialog({
  id,
  queue,
  after,
  params,
  onClose,
}: EditProps & { params: string; onClose: () => void }) {
  const { send } = useActions();
  const [text, setText] = useState(params);
  const [error, setError] = useState<string>();
  const errorId = useId();
  const submit = async () => {
    const read = readParams(text);
    setError(read.error);
    if (read.params === undefined) return false;
    await send({ action: "editAndRetry", queue, id, params: read.params }, after);
    return true;
  };
  return (
    <EditorDialog
      title="Edit and retry"
      note="A new job is enqueued with these parameters, then this dead letter is removed."
      verb="Enqueue and remove"
      submit={submit}
      onClose={onClose}
    >
      <label>
        <span>Parameters, as JSON</span>
        <textarea
          rows={12}
          spellcheck={false}
          value={text}
          aria-invalid={error !== undefined}
          aria-describedby={errorId}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <p id={errorId} class="bad" role="alert">
        {error}
      </p>
    </EditorDialog>
  );
}

function readParams(text: string): { params?: Record<string, unknown>; error?: string } {
  try {
    const params: unknown = JSON.parse(text);
    if (typeof params === "object" && params !== null && !Array.isArray(params))
      return { params: params as Record<string, unknown> };
    return { error: 'Parameters are a JSON object, such as { "to": "ada" }.' };
  } catch (error) {
    return { error: `This is not JSON. ${error instanceof Error ? error.message : ""}` };
  }
}
