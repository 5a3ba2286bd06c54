/** What a state is called, and its colour: the text alone says all. */
const STATES: Readonly<Record<string, readonly [text: string, tone: string]>> = {
  ready: ["Ready", "info"],
  enqueued: ["Enqueued", "info"],
  delayed: ["Delayed", "calm"],
  waiting: ["Not sent yet", "calm"],
  leased: ["Active", "busy"],
  started: ["Active", "busy"],
  running: ["Running", "good"],
  draining: ["Draining", "warn"],
  succeeded: ["Succeeded", "good"],
  retried: ["Retry waits", "warn"],
  failed: ["Failed", "bad"],
  snoozed: ["Snoozed", "calm"],
  held: ["Held", "warn"],
  released: ["Released", "calm"],
  dead: ["Dead", "bad"],
  cancelled: ["Cancelled", "calm"],
  paused: ["Paused", "warn"],
};

/** The name of a state for people. */
export function stateText(state: string): string {
  return STATES[state]?.[0] ?? state;
}

/** The tone of a state: the name of a colour of the sheet of styles. */
export function stateTone(state: string): string {
  return STATES[state]?.[1] ?? "calm";
}

/** A state as text with its colour. */
export function StateLabel({ state }: { state: string }) {
  return <span class={`state ${stateTone(state)}`}>{stateText(state)}</span>;
}
