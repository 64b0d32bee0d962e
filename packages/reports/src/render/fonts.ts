/** Which characters the fonts of documents have. */
import { create, type Font } from 'fontkit';

export type Covered = (codePoint: number) => boolean;

/** Characters that are not drawn: white space, joiners, marks of direction, variation selectors, break opportunities. */
const invisible = /^[\s\p{Default_Ignorable_Code_Point}]$/u;

let known: Covered | undefined;

/** @returns whether one of the fonts has a character; read once, when the first page with other than ASCII characters is typeset */
export function coverage(files: readonly Buffer[]): Covered {
  let characters: Set<number> | undefined;
  known ??= (codePoint) => {
    if (invisible.test(String.fromCodePoint(codePoint))) return true;
    characters ??= new Set(files.flatMap((file) => (create(file) as Font).characterSet));
    return characters.has(codePoint);
  };
  return known;
}
