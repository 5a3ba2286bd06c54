import type { ScheduleRow } from "../../api/api-types.ts";
import { useLive } from "../data/live.ts";
import { useActions } from "../parts/actions.tsx";
import { EditorDialog } from "../parts/editor-dialog.tsx";
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
        <ScheduleDialog
          schedule={shown.about}
          after={props.after}
          key={shown.key}
          onClose={() => close(shown.key)}
        />
      )}
    </>
  );
}

function ScheduleDialog({ schedule, after, onClose }: EditorProps & { onClose: () => void }) {
  const { name, cadence } = schedule;
  const { send } = useActions();
  const submit = async (form: HTMLFormElement) => {
    const values = new FormData(form);
    const textOf = (field: string) => String(values.get(field) ?? "").trim();
    const edited =
      "cron" in cadence
        ? { cron: textOf("cron"), timeZone: textOf("timeZone") }
        : { everyMs: Number(textOf("every")) * 1_000 };
    await send({ action: "editSchedule", schedule: name, cadence: edited }, after);
    return true;
  };
  return (
    <EditorDialog
      title={`Edit ${plainText(name)}`}
      note="Workers know the change within 10 s. Task and parameters stay."
      verb="Save"
      submit={submit}
      onClose={onClose}
    >
      {"cron" in cadence ? (
        <>
          <Field label="Cron" name="cron" value={cadence.cron} />
          <Field label="Time zone" name="timeZone" value={cadence.timeZone} />
        </>
      ) : (
        <Field label="Every, in seconds" name="every" value={String(cadence.everyMs / 1_000)} />
      )}
    </EditorDialog>
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
