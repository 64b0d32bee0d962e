/** Reports: documents made from answers, and their forms. */
export { themeStyleSheet } from '@property-insights/charts';
export { createDocument, documentParameters } from './create-document.ts';
export { type Definition, definitionSchema, InvalidDefinition, readDefinition } from './definition.ts';
export { type Letterhead, type ReportDocument, type TableBlock, tablesOf } from './document.ts';
export { checkLetterhead, InvalidLetterhead, letterheadSchema } from './letterhead.ts';
export { csvOf } from './render/csv.ts';
export { escapeHtml } from './render/escape-html.ts';
export { fontFaces } from './render/font-faces.ts';
export { LongSheets } from './render/long-sheets.ts';
export { mark } from './render/mark.ts';
export { type Paper, papers } from './render/paper.ts';
export { Renderer, RendererBusy, TooLargeToTypeset } from './render/renderer.ts';
export type { Ask, Report } from './report.ts';
export { customParameters, customReport } from './reports/custom.ts';
export { propertySummaryReport, reports } from './reports/index.ts';
