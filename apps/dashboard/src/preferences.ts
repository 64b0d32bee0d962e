/** What this browser remembers. A browser that refuses storage remembers nothing. */
function storage(name: string, area: () => Storage) {
  return {
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
    },
  };
}

export const remembered = {
  language: storage('language', () => localStorage),
  colours: storage('colours', () => localStorage),
  /** Named views, as JSON: `{ name: address }`. */
  views: storage('views', () => localStorage),
  /** `off` if single keys are no shortcuts. */
  keys: storage('keys', () => localStorage),
  /** The token for writes. It is forgotten with the tab. */
  token: storage('token', () => sessionStorage),
};

type Colours = 'light' | 'dark';

/** Follows the system unless the user has chosen. */
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
  const other = currentColours() === 'dark' ? 'light' : 'dark';
  remembered.colours.write(other);
  applyColours(other);
}
