/** The colours and type of charts on white paper. */
export const ink = '#1a2026';
export const ink2 = '#4a545d';
export const ink3 = '#626b74';
export const rule = '#e5e0d6';
export const paper = '#ffffff';
export const countBar = '#7d8d9b';
export const noChange = '#8b9096';
export const up = '#1d64a1';
export const down = '#b04e13';

/** The lines of kinds, in their order, and their letters, which need more contrast. */
export const kinds = ['#1d64a1', '#b04e13', '#bc8620', '#653163', '#698f61', '#4b9c9c', '#60676e'];
export const letters = ['#1d64a1', '#b04e13', '#916402', '#653163', '#52774a', '#217878', '#60676e'];

/** More of one thing, from little to much. */
export const sequence = ['#dcd7bd', '#a9c3b4', '#6fa6b1', '#3c83a6', '#235a8c', '#1b2f63'];
export const land = '#f3efe5';
export const sea = '#e9eef0';
export const coast = '#b9b7ab';

export const sans = 'Inter';
export const serif = 'Source Serif 4';
/** Pixels: 9 points where a chart is as wide as the text of a page. */
export const fontSize = 12;

/** The widths of a chart in pixels, in one of two columns and across the page. */
export const halfWidth = 300;
export const fullWidth = 640;

export const base = {
  animation: false,
  textStyle: { fontFamily: sans, fontSize, color: ink3 },
  backgroundColor: 'transparent',
} as const;

/** A label beside a mark, legible over lines. */
export const halo = {
  fontFamily: sans,
  fontSize,
  fontWeight: 600,
  textBorderColor: paper,
  textBorderWidth: 4,
} as const;
