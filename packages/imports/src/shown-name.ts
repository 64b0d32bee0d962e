/** In characters. */
const maxLength = 255;

/** The name of a file or sheet as messages show it: its end, without characters that PostgreSQL cannot store or that are invisible. */
export function shownName(name: string): string {
  return name.slice(-maxLength).replace(/[\p{Cc}\p{Cs}]/gu, '\uFFFD');
}
