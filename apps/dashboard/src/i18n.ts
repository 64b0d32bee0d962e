/** The language of the page. English is in the code; others are loaded when they are chosen. */
import { i18n } from '@lingui/core';
import { compileMessage } from '@lingui/message-utils/compileMessage';
import { remembered } from './preferences.ts';

export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

// Messages of catalogs are compiled when the page is built, those in the code when they are first shown.
i18n.setMessagesCompiler(compileMessage);

const isLanguage = (text: string | undefined): text is Language => text !== undefined && text in languages;

/** The language that was chosen, else the first of the browser's that the page has. */
export function preferredLanguage(): Language {
  const chosen = remembered.language.read();
  if (isLanguage(chosen)) return chosen;
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? 'en';
}

/** The variants of a language, by which numbers and dates differ. */
export const locales: Record<Language, readonly string[]> = {
  en: ['en-AU', 'en-CA', 'en-GB', 'en-IE', 'en-IN', 'en-NZ', 'en-SG', 'en-US', 'en-ZA'],
  de: ['de-AT', 'de-CH', 'de-DE'],
};

/** The locale of numbers and dates: the variant that was chosen, else the browser's own, such as `en-AU`. */
export function localeOf(language: Language): string {
  const chosen = remembered.locale.read();
  if (chosen !== undefined && locales[language].includes(chosen)) return chosen;
  return navigator.languages.find((tag) => tag.startsWith(language)) ?? language;
}

function directionOf(language: string): string {
  // Not every browser knows it.
  return new Intl.Locale(language).getTextInfo?.().direction ?? 'ltr';
}

/** Remembers a language, and shows the page in it. */
export function chooseLanguage(language: Language): Promise<void> {
  remembered.language.write(language);
  return activate(language);
}

export async function activate(language: Language): Promise<void> {
  const { messages } = language === 'en' ? { messages: {} } : await import(`./locales/${language}.po`);
  i18n.load(language, messages);
  i18n.activate(language, localeOf(language));
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
}
