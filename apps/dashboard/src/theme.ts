/** One calm accent, greys with a little blue, and contrast of WCAG AA in both colour schemes. */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

// biome-ignore format: ten shades on one line
const accent: MantineColorsTuple = [
  '#eef5fa', '#dbe8f1', '#b4d0e3', '#7db7dd', '#579bc6', '#3a80ae', '#1f5f8b', '#1a5178', '#164464', '#0f3249',
];

// Mantine's own dark greys, with a little blue.
// biome-ignore format: ten shades on one line
const dark: MantineColorsTuple = [
  '#e4e8ec', '#c3cad1', '#9aa6b2', '#8793a0', '#3a444f', '#2c343d', '#1c2229', '#14181d', '#101317', '#0b0d10',
];

export const theme = createTheme({
  colors: { accent, dark },
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 3 },
  autoContrast: true,
  black: '#1b2430',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif',
  headings: { fontWeight: '600' },
  defaultRadius: 'sm',
  respectReducedMotion: true,
});

/** The page's own colours, beside Mantine's. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#566270',
    '--mantine-color-placeholder': '#6b7683',
    '--rule': '#dde2e7',
    '--control-border': '#8b96a2',
    '--surface': '#f5f7f9',
    '--rise': '#17694a',
    '--fall': '#a03a23',
    '--notice': '#7a5200',
    '--notice-surface': '#fdf6e7',
  },
  dark: {
    '--mantine-color-dimmed': '#9aa6b2',
    '--mantine-color-placeholder': '#8793a0',
    '--rule': '#2c343d',
    '--control-border': '#66727e',
    '--surface': '#1a2027',
    '--rise': '#74c7a2',
    '--fall': '#eb9a84',
    '--notice': '#e3bd6c',
    '--notice-surface': '#2a2416',
  },
});

/** Colours of charts, which cannot read the style sheet. Lines have a contrast of at least 3:1 with their background. */
export interface ChartColours {
  text: string;
  muted: string;
  rule: string;
  surface: string;
  bars: string;
  /** One for each group, in order. People with common kinds of colour blindness can distinguish them. */
  lines: readonly string[];
}

export const chartColours: Record<'light' | 'dark', ChartColours> = {
  light: {
    text: '#1b2430',
    muted: '#566270',
    rule: '#dde2e7',
    surface: '#ffffff',
    bars: '#7d96aa',
    lines: ['#1f5f8b', '#b3541e', '#3d7d3a', '#7a4e9e', '#8f6a00', '#0d7c7c', '#a8385d', '#5c6670'],
  },
  dark: {
    text: '#e4e8ec',
    muted: '#9aa6b2',
    rule: '#2c343d',
    surface: '#14181d',
    bars: '#5f7689',
    lines: ['#7db7dd', '#e59a66', '#8cc588', '#bfa0e0', '#d8b84a', '#5ec4c4', '#e58aa8', '#a9b4bf'],
  },
};
