import type { Mark, Suite } from "./bench-case.ts";
import type { Measured } from "./measure-suite.ts";

/** A mark and what was measured. */
export interface Judged {
  readonly mark: Mark;
  readonly value: number;
  readonly isReached: boolean;
}

/**
 * Compares the medians with the marks of the suite. @throws RangeError for a mark about a figure that is not measured.
 */
export function judgeMarks({ marks }: Suite, measured: Measured): readonly Judged[] {
  const median = (name: string, figure: string) => {
    const spread = measured[name]?.[figure];
    if (spread === undefined) throw new RangeError(`no case "${name}" measures "${figure}".`);
    return spread.median;
  };
  return marks.map((mark) => {
    const value = mark.value(median);
    const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = mark;
    return { mark, value, isReached: value >= atLeast && value <= atMost };
  });
}
