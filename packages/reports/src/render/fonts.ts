/** The fonts of documents, and which characters they have. */
import { createRequire } from 'node:module';
import { create, type Font } from 'fontkit';

const { resolve } = createRequire(import.meta.url);
/** Text fonts first. The others have the characters that these lack. */
const files = [
  'inter/400Regular/Inter_400Regular',
  'inter/400Regular_Italic/Inter_400Regular_Italic',
  'inter/500Medium/Inter_500Medium',
  'inter/600SemiBold/Inter_600SemiBold',
  'inter/700Bold/Inter_700Bold',
  'source-serif-4/400Regular/SourceSerif4_400Regular',
  'source-serif-4/400Regular_Italic/SourceSerif4_400Regular_Italic',
  'source-serif-4/600SemiBold/SourceSerif4_600SemiBold',
  'noto-sans-arabic/400Regular/NotoSansArabic_400Regular',
  'noto-sans-hebrew/400Regular/NotoSansHebrew_400Regular',
  'noto-sans-thai/400Regular/NotoSansThai_400Regular',
  'noto-sans-jp/400Regular/NotoSansJP_400Regular',
  'noto-sans-kr/400Regular/NotoSansKR_400Regular',
  'noto-emoji/400Regular/NotoEmoji_400Regular',
];
export const fontFiles = files.map((file) => resolve(`@expo-google-fonts/${file}.ttf`));

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
