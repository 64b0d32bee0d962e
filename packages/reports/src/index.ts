/** Reports: documents made from answers, and their forms. */
export { createDocument, documentParameters } from './create-document.ts';
export { type ReportDocument, type TableBlock, tablesOf } from './document.ts';
export { csvOf } from './render/csv.ts';
export { type Paper, papers } from './render/paper.ts';
export { Renderer, RendererBusy, TooLargeToTypeset } from './render/renderer.ts';
export type { Ask, Report } from './report.ts';
export { propertySummaryReport, reports } from './reports/index.ts';
