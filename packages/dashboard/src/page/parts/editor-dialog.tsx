import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

interface EditorDialogProps {
  readonly title: string;
  /** What the change does and what it leaves, one or two sentences. */
  readonly note: string;
  /** The word on the button that sends it. */
  readonly verb: string;
  /** Sends what was edited. Resolves with whether the dialog ends. */
  readonly submit: (form: HTMLFormElement) => Promise<boolean>;
  readonly onClose: () => void;
  /** The fields. */
  readonly children: ComponentChildren;
}

/** A dialog with fields to edit. It is open as long as it is there. */
export function EditorDialog({ title, note, verb, submit, onClose, children }: EditorDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const end = () => dialog.current?.close();
  const send = async (event: Event) => {
    event.preventDefault();
    if (await submit(event.currentTarget as HTMLFormElement)) end();
  };
  return (
    <dialog ref={dialog} class="editor" aria-labelledby={titleId} onClose={onClose}>
      <form onSubmit={send}>
        <h2 id={titleId}>{title}</h2>
        <p class="muted">{note}</p>
        {children}
        <div class="buttons end">
          <button type="button" onClick={end}>
            Cancel
          </button>
          <button type="submit" class="primary">
            {verb}
          </button>
        </div>
      </form>
    </dialog>
  );
}
