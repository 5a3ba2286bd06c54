// Changes: each is asked about once, sent, and reported.
import type { ComponentChildren } from "preact";
import { createContext } from "preact";
import { useCallback, useContext, useEffect, useRef, useState } from "preact/hooks";
import type { Action, ActionAnswer } from "../../api/action-types.ts";
import { useLive } from "../data/live.ts";
import { RequestError, sendAction } from "../data/request.ts";
import { plainText } from "./text-format.ts";
import { useDialog } from "./use-dialog.ts";

/** What is asked before something is changed. */
export interface Question {
  readonly title: string;
  /** What happens then, one sentence. */
  readonly text: string;
  /** The word on the button that does it. */
  readonly verb: string;
  /** Whether it cannot be undone. */
  readonly isDestructive?: boolean;
}

interface Notice {
  readonly text: string;
  readonly isError: boolean;
}

interface Actions {
  ask(question: Question): Promise<boolean>;
  report(notice: Notice): void;
}

const ActionsContext = createContext<Actions>({ ask: async () => false, report() {} });

interface Asked {
  readonly question: Question;
  readonly answer: (isYes: boolean) => void;
}

/** Holds the dialog that asks, and the notices. It stands once, around all views. */
export function ActionsProvider({ children }: { children: ComponentChildren }) {
  const { shown, open, close } = useDialog<Asked>();
  const [notice, setNotice] = useState<Notice>();
  const ask = useCallback(
    (question: Question) => new Promise<boolean>((answer) => open({ question, answer })),
    [open],
  );
  const [actions] = useState<Actions>({ ask, report: setNotice });
  return (
    <ActionsContext.Provider value={actions}>
      {children}
      {shown !== undefined && (
        <QuestionDialog {...shown.about} key={shown.key} onClose={() => close(shown.key)} />
      )}
      <div class="notices" role="status">
        {notice !== undefined && (
          <p class={notice.isError ? "notice bad" : "notice"}>
            <span>{plainText(notice.text)}</span>
            <button type="button" class="quiet small" onClick={() => setNotice(undefined)}>
              Close
            </button>
          </p>
        )}
      </div>
    </ActionsContext.Provider>
  );
}

/** The browser keeps the focus inside, ends it with Escape, and gives the focus back. */
function QuestionDialog({ question, answer, onClose }: Asked & { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const { title, text, verb, isDestructive = false } = question;
  const isYes = useRef(false);
  const close = (answered: boolean) => {
    isYes.current = answered;
    dialog.current?.close();
  };
  const end = () => {
    onClose();
    answer(isYes.current);
  };
  return (
    <dialog ref={dialog} aria-labelledby="question-title" onClose={end}>
      <h2 id="question-title">{plainText(title)}</h2>
      <p>{plainText(text)}</p>
      <div class="buttons end">
        <button type="button" onClick={() => close(false)}>
          Cancel
        </button>
        <button type="button" class={isDestructive ? "danger" : "primary"} onClick={() => close(true)}>
          {verb}
        </button>
      </div>
    </dialog>
  );
}

/** Sends actions and reports how they went. */
export function useActions(): { send(action: Action, after?: () => void): Promise<boolean> } & Actions {
  const actions = useContext(ActionsContext);
  const send = async (action: Action, after?: () => void) => {
    try {
      const answer = await sendAction(action);
      actions.report({ text: outcomeText(answer), isError: answer.done === 0 && answer.refused.length > 0 });
      after?.();
      return answer.done > 0;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      actions.report({ text: [error.message, error.hint].filter(Boolean).join(" "), isError: true });
      return false;
    }
  };
  return { ...actions, send };
}

function outcomeText({ done, refused }: ActionAnswer): string {
  const changed = `Done: ${done} changed.`;
  const [first] = refused;
  if (first === undefined) return changed;
  return `${changed} ${refused.length} refused: ${first.id}: ${first.reason}`;
}

interface ActionButtonProps {
  readonly action: Action;
  readonly question: Question;
  readonly children: ComponentChildren;
  /** More about it for screen readers, such as the name of its row. */
  readonly label?: string;
  /** Called once it is done. */
  readonly after?: () => void;
}

/** A button that asks once and then acts. Whoever may only look does not see it. */
export function ActionButton({ action, question, children, label, after }: ActionButtonProps) {
  const { ask, send } = useActions();
  const [isBusy, setBusy] = useState(false);
  if (useLive().overview?.app.role !== "act") return null;
  const press = async () => {
    if (!(await ask(question))) return;
    setBusy(true);
    await send(action, after);
    setBusy(false);
  };
  return (
    <button
      type="button"
      class={question.isDestructive ? "small destructive" : "small"}
      aria-label={label}
      disabled={isBusy}
      onClick={press}
    >
      {children}
    </button>
  );
}
