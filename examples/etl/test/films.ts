import { readFileSync } from "node:fs";
import { FILMS_FILE } from "../src/serve-films.ts";

/** The data set as it is. */
export const FILMS = JSON.parse(readFileSync(FILMS_FILE, "utf8")) as readonly Readonly<
  Record<string, unknown>
>[];

/** Whether a film has all fields that its record needs, checked without schema, mapping or queue. */
export function isWhole(film: Readonly<Record<string, unknown>>): boolean {
  const hasTexts = ["Title", "Distributor", "Director"].every((key) => typeof film[key] === "string");
  return hasTexts && !Number.isNaN(Date.parse(String(film["Release Date"])));
}

/** Ids of the complete films among the first `limit`. */
export function idsOfWholeFilms(limit = FILMS.length): readonly string[] {
  return FILMS.slice(0, limit).flatMap((film, place) =>
    isWhole(film) ? [`film-${String(place + 1).padStart(4, "0")}`] : [],
  );
}
