export type { ImportFile } from './files.ts';
export type { Batch, Format, Place, Reject, Sale } from './formats/format.ts';
export { detectFormat, formats } from './formats/index.ts';
export { type ImportOptions, runImport } from './pipeline.ts';
export { failInterruptedImports, type ImportCounts, type ImportReport } from './record.ts';
export { startImport } from './start.ts';
export { type SyntheticOptions, syntheticMarket } from './synthetic.ts';
