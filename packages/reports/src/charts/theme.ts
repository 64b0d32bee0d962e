/** The colours and type of charts on white paper. */
import { light } from '@property-insights/charts';

export const { ink, ink2, ink3, rule, up, down, kinds, letters, land, sea, coast } = light;
export const paper = light.panel;
export const countBar = light.bar;
export const noChange = light.flat;
/** More of one thing, from little to much. */
export const sequence = light.more;

export const sans = 'Inter';
export const serif = 'Source Serif 4';
/** Pixels: 9 points where a chart is as wide as the text of a page. */
export const fontSize = 12;

/** The widths of a chart in pixels: in one of two columns, across the page, and across the screen of a phone. */
export const halfWidth = 300;
export const fullWidth = 640;
export const narrowWidth = 358;

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
