const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * The record of a film. It changes shapes and judges nothing: what the film lacks is left out and what looks odd is
 * passed on as it is, so that the task's schema refuses it and says why. `place` in the array, from 0, makes the id.
 */
export function recordOf(raw: unknown, place: number): Readonly<Record<string, unknown>> {
  const film: Readonly<Record<string, unknown>> = typeof raw === "object" ? { ...raw } : {};
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

/** The id of the film at `place`, from 0; the same in every run, which is what makes a second start harmless. */
export function recordId(place: number): string {
  return `film-${String(place + 1).padStart(4, "0")}`;
}

/** `Jun 12 1998` as a date-time; anything else unchanged. Whether the day exists is the schema's question. */
function isoDate(text: unknown): unknown {
  const [, monthName = "", day, year] = /^([A-Z][a-z]{2}) (\d{2}) (\d{4})$/.exec(String(text)) ?? [];
  const month = MONTHS.indexOf(monthName) + 1;
  return month === 0 ? text : `${year}-${String(month).padStart(2, "0")}-${day}T00:00:00Z`;
}
