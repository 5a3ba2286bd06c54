// Small parts that many views show.
import type { ComponentChildren } from "preact";
import type { CountValue, Limit, Possible } from "../../api/api-types.ts";
import { useLive } from "../data/live.ts";
import { limitOf, partOf } from "../data/request.ts";
import type { Answered } from "../data/use-answer.ts";
import { hrefs, Link } from "../frame/router.tsx";
import { agoText, countText, dateTimeText, plainText } from "./text-format.ts";

/** Title of a view, and what stands beside it. */
export function ViewTitle({ title, children }: { title: string; children?: ComponentChildren }) {
  const plain = plainText(title);
  document.title = `${plain} · jobs`;
  return (
    <div class="view-title">
      <h1>
        <bdi>{plain}</bdi>
      </h1>
      {children}
    </div>
  );
}

/** A part of a view with a heading of its own. */
export function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="section" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** What cannot be shown here, why, and what it would take. */
export function LimitNote({ limit }: { limit: Limit }) {
  return (
    <div class="limit" role="note">
      <p>{plainText(limit.why)}</p>
      {limit.needs !== "" && <p class="muted">{plainText(limit.needs)}</p>}
    </div>
  );
}

/** What is shown where a list has no entry. */
export function Nothing({ children }: { children: ComponentChildren }) {
  return <p class="nothing">{children}</p>;
}

/** An answer once it is there; before that, that it is read; or why it cannot be. */
export function Answer<T>({ of, children }: { of: Answered<T>; children: (answer: T) => ComponentChildren }) {
  const { answer, error } = of;
  return (
    <>
      {error !== undefined && (
        <div class="limit bad" role="alert">
          <p>{plainText(error.message)}</p>
          {error.hint !== undefined && <p class="muted">{plainText(error.hint)}</p>}
        </div>
      )}
      {answer === undefined ? error === undefined && <Nothing>Reading …</Nothing> : children(answer)}
    </>
  );
}

/** Text of a job: it stays text, whatever it contains, and does not turn its surroundings around. */
export function Plain({ text }: { text: string }) {
  return <bdi>{plainText(text)}</bdi>;
}

/** A link to a job, by its id. */
export function JobLink({ id }: { id: string }) {
  return (
    <Link href={hrefs.job(id)} class="id">
      <Plain text={id} />
    </Link>
  );
}

/** A count, with a sign for an approximate one. */
export function CountCell({ count, tone = "" }: { count: CountValue; tone?: string }) {
  const isZero = count.n === 0;
  return (
    <span
      class={isZero ? "zero" : tone}
      title={count.isExact || count.n === null ? undefined : "Approximate"}
    >
      {count.isExact || count.n === null ? "" : <span aria-hidden="true">≈ </span>}
      {countText(count.n)}
      {!count.isExact && count.n !== null && <span class="hidden-text"> approximately</span>}
    </span>
  );
}

/** A time as how long ago it was; the exact one stands in its title. */
export function TimeAgo({ at }: { at: number }) {
  const now = useLive().overview?.at ?? at;
  return (
    <time dateTime={new Date(at).toISOString()} title={dateTimeText(at)}>
      {agoText(at, now)}
    </time>
  );
}

interface TableProps {
  readonly label: string;
  /** Titles of the columns: as text, or with the classes `number` and `wide`. */
  readonly columns: readonly (string | readonly [title: ComponentChildren, classes: string])[];
  /** Its rows. */
  readonly children: ComponentChildren;
}

/** A table that scrolls by itself where the window is narrow. */
export function Table({ label, columns, children }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section class="table-frame" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column, index) => {
              const [title, classes] = typeof column === "string" ? [column, undefined] : column;
              return (
                <th key={index} scope="col" class={classes}>
                  {title}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

interface RowsProps<Row> {
  readonly of: Possible<readonly Row[]>;
  /** What is shown where there is none. */
  readonly nothing: string;
  readonly children: (rows: readonly Row[]) => ComponentChildren;
}

/** A list that may be impossible here, or empty. */
export function Rows<Row>({ of, nothing, children }: RowsProps<Row>) {
  const limit = limitOf(of);
  const rows = partOf(of) ?? [];
  if (limit !== undefined) return <LimitNote limit={limit} />;
  return rows.length === 0 ? <Nothing>{nothing}</Nothing> : children(rows);
}
