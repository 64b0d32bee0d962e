/** What this browser remembers. A browser that refuses storage remembers nothing. */
function storage(name: string, area: () => Storage) {
  const listeners = new Set<() => void>();
  return {
    /** Calls a function after each change by this page. @returns ends it */
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    read(): string | undefined {
      try {
        return area().getItem(name) ?? undefined;
      } catch {
        return undefined;
      }
    },
    write(value: string | undefined): void {
      try {
        if (value === undefined) area().removeItem(name);
        else area().setItem(name, value);
      } catch {
        // Not remembered.
      }
      for (const listener of listeners) listener();
    },
  };
}

export const remembered = {
  language: storage('language', () => localStorage),
  colours: storage('colours', () => localStorage),
  /** The locale of numbers and dates, if it is not the browser's. */
  locale: storage('locale', () => localStorage),
  /** The unit of areas, if it is not m². */
  areaUnit: storage('areaUnit', () => localStorage),
  /** Named views, as JSON: `{ name: address }`. */
  views: storage('views', () => localStorage),
  /** `off` if single keys are no shortcuts. */
  keys: storage('keys', () => localStorage),
  /** The files that are being sent, as JSON, so that a reload can ask for them again. */
  sending: storage('sending', () => sessionStorage),
  /** The token for writes. It is forgotten with the tab. */
  token: storage('token', () => sessionStorage),
};

export type Colours = 'light' | 'dark';

/** Follows the system unless the user has chosen. */
export function chooseColours(colours: Colours | undefined): void {
  remembered.colours.write(colours);
  applyColours(colours);
}

export function applyColours(colours: string | undefined): void {
  if (colours === 'light' || colours === 'dark') document.documentElement.dataset.colours = colours;
  else delete document.documentElement.dataset.colours;
}

function currentColours(): Colours {
  const chosen = document.documentElement.dataset.colours;
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function switchColours(): void {
  chooseColours(currentColours() === 'dark' ? 'light' : 'dark');
}
