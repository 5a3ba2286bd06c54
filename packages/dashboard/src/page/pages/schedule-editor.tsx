import { useEffect, useId, useRef } from "preact/hooks";
import type { ScheduleRow } from "../../api/api-types.ts";
import { useLive } from "../data/live.ts";
import { useActions } from "../parts/actions.tsx";
import { plainText } from "../parts/text-format.ts";
import { useDialog } from "../parts/use-dialog.ts";

interface EditorProps {
  readonly schedule: ScheduleRow;
  readonly after: () => void;
}

/** Opens an editor of when a schedule is due. Whoever may only look does not see it. */
export function EditScheduleButton(props: EditorProps) {
  const { shown, open, close } = useDialog<ScheduleRow>();
  if (useLive().overview?.app.role !== "act") return null;
  return (
    <>
      <button
        type="button"
        class="small"
        aria-label={`Edit ${plainText(props.schedule.name)}`}
        onClick={() => open(props.schedule)}
      >
        Edit
      </button>
      {shown !== undefined && (
        <EditorDialog
          schedule={shown.about}
          after={props.after}
          key={shown.key}
          onClose={() => close(shown.key)}
        />
      )}
    </>
  );
}

function EditorDialog({ schedule, after, onClose }: EditorProps & { onClose: () => void }) {
  const { name, cadence } = schedule;
  const { send } = useActions();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget as HTMLFormElement);
    const textOf = (field: string) => String(values.get(field) ?? "").trim();
    const edited =
      "cron" in cadence
        ? { cron: textOf("cron"), timeZone: textOf("timeZone") }
        : { everyMs: Number(textOf("every")) * 1_000 };
    await send({ action: "editSchedule", schedule: name, cadence: edited }, after);
    dialog.current?.close();
  };
  return (
    <dialog ref={dialog} class="editor" aria-labelledby={titleId} onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id={titleId}>Edit {plainText(name)}</h2>
        <p class="muted">Workers know the change within 10 s. Task and parameters stay.</p>
        {"cron" in cadence ? (
          <>
            <Field label="Cron" name="cron" value={cadence.cron} />
            <Field label="Time zone" name="timeZone" value={cadence.timeZone} />
          </>
        ) : (
          <Field label="Every, in seconds" name="every" value={String(cadence.everyMs / 1_000)} />
        )}
        <div class="buttons end">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class="primary">
            Save
          </button>
        </div>
      </form>
    </dialog>
  );
}

function Field({ label, name, value }: { label: string; name: string; value: string }) {
  return (
    <label>
      <span>{label}</span>
      <input name={name} defaultValue={value} required />
    </label>
  );
}
