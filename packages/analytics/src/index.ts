export type { Answer } from './answers.ts';
export type { Connection, Values } from './connection.ts';
export { InvalidQuestion, Overloaded, TimedOut, UnknownMarket } from './errors.ts';
export type { ExportFormat } from './export.ts';
export { type Filters, filterParameters, filtersOnly } from './filters.ts';
export type { Market } from './market.ts';
export { defineQuestion, type Question } from './question.ts';
export * from './questions/index.ts';
export { type Export, type Placement, Replica, type ReplicaOptions } from './replica.ts';
