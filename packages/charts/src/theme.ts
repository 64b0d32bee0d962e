/**
 * The colours and typefaces of pages and documents. Colour belongs to data: controls, links and selections are ink on paper. All pairs of text and
 * ground have a contrast of at least 4.5:1, marks of at least 3:1.
 */
export interface Theme {
  paper: string;
  panel: string;
  sunken: string;
  ink: string;
  /** Notes. */
  ink2: string;
  /** Axes, footings and figures of thin data. */
  ink3: string;
  control: string;
  rule: string;
  strongRule: string;
  /** Bars of counts. */
  bar: string;
  /** No clear change. */
  flat: string;
  up: string;
  down: string;
  focus: string;
  notice: string;
  noticeGround: string;
  fault: string;
  faultGround: string;
  land: string;
  sea: string;
  coast: string;
  /** Kinds of dwelling, in a fixed order. People with common kinds of colour blindness can distinguish them. */
  kinds: readonly string[];
  /** The text of each kind. */
  letters: readonly string[];
  /** More of one thing, from little to much, in even steps of lightness. */
  more: readonly string[];
}

export const light: Theme = {
  paper: '#fbfaf7',
  panel: '#ffffff',
  sunken: '#f3f0e9',
  ink: '#1a2026',
  ink2: '#4a545d',
  ink3: '#626b74',
  control: '#8a8475',
  rule: '#e5e0d6',
  strongRule: '#cdc6b7',
  bar: '#7d8d9b',
  flat: '#8b9096',
  up: '#1d64a1',
  down: '#b04e13',
  focus: '#1d64a1',
  notice: '#7a5200',
  noticeGround: '#fbf3df',
  fault: '#a3261b',
  faultGround: '#fbeeea',
  land: '#f3efe5',
  sea: '#e9eef0',
  coast: '#b9b7ab',
  kinds: ['#1d64a1', '#b04e13', '#bc8620', '#653163', '#698f61', '#4b9c9c', '#60676e'],
  letters: ['#1d64a1', '#b04e13', '#916402', '#653163', '#52774a', '#217878', '#60676e'],
  more: ['#dcd7bd', '#a9c3b4', '#6fa6b1', '#3c83a6', '#235a8c', '#1b2f63'],
};

export const dark: Theme = {
  paper: '#12181d',
  panel: '#1a2228',
  sunken: '#0d1216',
  ink: '#ece8df',
  ink2: '#b4bbc0',
  ink3: '#8f9aa2',
  control: '#6f7b84',
  rule: '#283138',
  strongRule: '#3d4850',
  bar: '#61717e',
  flat: '#7d878e',
  up: '#6daef2',
  down: '#e0763a',
  focus: '#6daef2',
  notice: '#e6c274',
  noticeGround: '#2a2415',
  fault: '#f0907f',
  faultGround: '#2e1b18',
  land: '#1a2228',
  sea: '#0f151a',
  coast: '#4a565e',
  kinds: ['#6daef2', '#e0763a', '#f2c463', '#ba78ab', '#85b17b', '#7fe3dc', '#a0a6a9'],
  letters: ['#6daef2', '#e0763a', '#f2c463', '#ba78ab', '#85b17b', '#7fe3dc', '#a0a6a9'],
  more: ['#2c3f63', '#2f5f8a', '#3f86a3', '#6cabb0', '#acd0b6', '#f0eccb'],
};

export const typefaces = {
  sans: "'Inter Variable', 'Inter Fallback', system-ui, sans-serif",
  serif: "'Source Serif 4 Variable', 'Source Serif Fallback', Georgia, serif",
};

/** The name of the CSS variable of a colour: `--ink2`, `--kind-0`. */
function variable(name: string, index?: number): string {
  const singular: Record<string, string> = { kinds: 'kind', letters: 'letter', more: 'more' };
  return index === undefined ? `--${name}` : `--${singular[name]}-${index}`;
}

const entries = (theme: Theme) =>
  Object.entries(theme).flatMap(([name, value]: [string, string | readonly string[]]) =>
    typeof value === 'string'
      ? [[variable(name), value] as const]
      : value.map((colour, i) => [variable(name, i), colour] as const),
  );

/** A theme of CSS variables, for SVG in pages: a chart then follows the colour scheme, and print, without being drawn again. */
export const cssTheme: Theme = Object.fromEntries(
  Object.entries(light).map(([name, value]: [string, string | readonly string[]]) => [
    name,
    typeof value === 'string' ? `var(${variable(name)})` : value.map((_, i) => `var(${variable(name, i)})`),
  ]),
) as unknown as Theme;

/** The style sheet that defines the CSS variables, for both colour schemes. */
export function themeStyleSheet(): string {
  const darkOf = new Map(entries(dark));
  const colours = entries(light).map(([name, colour]) => `${name}:light-dark(${colour},${darkOf.get(name)})`);
  return `:root{${colours.join(';')};--sans:${typefaces.sans};--serif:${typefaces.serif}}`;
}
