import { useCallback, useRef, useState } from "preact/hooks";

/** A dialog that is open, with what it is about. */
export interface OpenDialog<About> {
  /** Of this opening. As the key of its component, it gives each opening an element of its own. */
  readonly key: number;
  readonly about: About;
}

/**
 * Whether a dialog is open. A browser tells of the end of a dialog a moment later, when the next one may be open. So
 * `close` names the opening that has ended.
 */
export function useDialog<About>(): {
  readonly shown: OpenDialog<About> | undefined;
  open(about: About): void;
  close(key: number): void;
} {
  const count = useRef(0);
  const [shown, setShown] = useState<OpenDialog<About>>();
  const open = useCallback((about: About) => setShown({ key: ++count.current, about }), []);
  const close = useCallback(
    (key: number) => setShown((current) => (current?.key === key ? undefined : current)),
    [],
  );
  return { shown, open, close };
}
