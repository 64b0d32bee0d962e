import type { Language } from '../language.ts';
import { de } from './de.ts';
import { en, type Words } from './en.ts';

export type { Words } from './en.ts';

const words: Record<Language, Words> = { en, de };

export function wordsIn(language: Language): Words {
  return words[language];
}
