export { type AttributeName, attributes, VersionGone, withMark } from '@property-insights/database';
export type { Unit } from './amounts.ts';
export type { Answer } from './answers.ts';
export { type Budget, Budgets } from './budgets.ts';
export { type Citation, type Cited, citation, cite, citedParameters, queryOf } from './citation.ts';
export { Connection, type Values } from './connection.ts';
export { settings as replicaSettings } from './engine.ts';
export {
  InvalidQuestion,
  Loading,
  MarketUnavailable,
  OverBudget,
  Overloaded,
  TimedOut,
  UnknownMarket,
  VersionAhead,
} from './errors.ts';
export type { ExportFormat } from './export.ts';
export { type Filters, filterParameters, filtersOnly } from './filters.ts';
export type { Market } from './market.ts';
export { Memo } from './memo.ts';
export { Pool } from './pool.ts';
export { type Choice, chooseMethod } from './price-index/choice.ts';
export { defineQuestion, type Question } from './question.ts';
export * from './questions/index.ts';
export {
  type AnswerOptions,
  type Export,
  type Placement,
  Replica,
  type ReplicaMetric,
  type ReplicaOptions,
} from './replica.ts';
export { SharedWork } from './shared-work.ts';
export { maxSheetRows, type SheetRows } from './sheet-rows.ts';
export { validate } from './validate.ts';
export { type Backtested, backtest } from './valuation/backtest.ts';
