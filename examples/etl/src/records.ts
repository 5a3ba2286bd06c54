const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * Converts a film to the form of a record. It checks nothing: missing fields stay out and odd values pass unchanged.
 * The task's schema refuses them and gives the reason. `place` in the array, from 0, makes the id.
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

/** Whether the input already has the form of a record (requirement E1). */
function isRecord(raw: Readonly<Record<string, unknown>>): boolean {
  return "creation_date" in raw || ("id" in raw && "title" in raw);
}

/** Python writes a space between day and time, and may omit the time. The schema checks whether the day exists. */
function datedAs(written: unknown): { readonly creation_date?: unknown } {
  if (typeof written !== "string") return written === undefined ? {} : { creation_date: written };
  const withT = written.replace(/^(\d{4}-\d{2}-\d{2}) (?=\d)/, "$1T");
  return { creation_date: /^\d{4}-\d{2}-\d{2}$/.test(withT) ? `${withT}T00:00:00Z` : withT };
}

/** The id of a job: the record's own id where it is a valid job id, else made from its place. */
export function jobIdOf(raw: unknown, place: number): string {
  const { id } = recordOf(raw, place);
  return typeof id === "string" && JOB_ID.test(id) ? id : recordId(place);
}

/** Leaves space for the suffix in the id of the writing job. */
const JOB_ID = /^[A-Za-z0-9_-]{1,80}$/;

/** The id of the film at `place`, from 0. It is the same in every run, so that a second start stores nothing twice. */
function recordId(place: number): string {
  return `film-${String(place + 1).padStart(4, "0")}`;
}

/** `Jun 12 1998` as a date-time; anything else unchanged. The schema checks whether the day exists. */
function isoDate(text: unknown): unknown {
  const [, monthName = "", day, year] = /^([A-Z][a-z]{2}) (\d{2}) (\d{4})$/.exec(String(text)) ?? [];
  const month = MONTHS.indexOf(monthName) + 1;
  return month === 0 ? text : `${year}-${String(month).padStart(2, "0")}-${day}T00:00:00Z`;
}
