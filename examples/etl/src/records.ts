const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * The record of a film. It changes shapes and judges nothing: what the film lacks is left out and what looks odd is
 * passed on as it is, so that the task's schema refuses it and says why. `place` in the array, from 0, makes the id.
 */
export function recordOf(raw: unknown, place: number): Readonly<Record<string, unknown>> {
  const film: Readonly<Record<string, unknown>> = typeof raw === "object" ? { ...raw } : {};
  if (isRecord(film)) return { ...film, ...datedAs(film.creation_date) };
  const known = Object.entries({
    source: film.Distributor,
    title: film.Title,
    author: film.Director,
    creation_date: isoDate(film["Release Date"]),
  }).filter(([, value]) => value !== null && value !== undefined);
  return {
    id: recordId(place),
    ...Object.fromEntries(known),
    message: `${film["Major Genre"] ?? "Film"}, rated ${film["MPAA Rating"] ?? "Not Rated"}`,
    tags: [film["Major Genre"], film["Creative Type"], film.Source].filter((tag) => typeof tag === "string"),
  };
}

/** Whether it has the shape of a record already, as the pipeline that this one follows takes it (requirement E1). */
function isRecord(raw: Readonly<Record<string, unknown>>): boolean {
  return "creation_date" in raw || ("id" in raw && "title" in raw);
}

/** Python writes a blank between day and time, and may leave the time out; whether the day exists is the schema's question. */
function datedAs(written: unknown): { readonly creation_date?: unknown } {
  if (typeof written !== "string") return written === undefined ? {} : { creation_date: written };
  const withT = written.replace(/^(\d{4}-\d{2}-\d{2}) (?=\d)/, "$1T");
  return { creation_date: /^\d{4}-\d{2}-\d{2}$/.test(withT) ? `${withT}T00:00:00Z` : withT };
}

/** The id of a job: the record's own where a job can have it, else made of its place. */
export function jobIdOf(raw: unknown, place: number): string {
  const { id } = recordOf(raw, place);
  return typeof id === "string" && JOB_ID.test(id) ? id : recordId(place);
}

/** Leaves room for what the id of the writing job adds. */
const JOB_ID = /^[A-Za-z0-9_-]{1,80}$/;

/** The id of the film at `place`, from 0; the same in every run, which is what makes a second start harmless. */
function recordId(place: number): string {
  return `film-${String(place + 1).padStart(4, "0")}`;
}

/** `Jun 12 1998` as a date-time; anything else unchanged. Whether the day exists is the schema's question. */
function isoDate(text: unknown): unknown {
  const [, monthName = "", day, year] = /^([A-Z][a-z]{2}) (\d{2}) (\d{4})$/.exec(String(text)) ?? [];
  const month = MONTHS.indexOf(monthName) + 1;
  return month === 0 ? text : `${year}-${String(month).padStart(2, "0")}-${day}T00:00:00Z`;
}
