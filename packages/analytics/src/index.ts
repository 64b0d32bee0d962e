export type { Answer } from './answers.ts';
export type { Connection, Values } from './connection.ts';
export { InvalidQuestion, Overloaded, UnknownMarket } from './errors.ts';
export { type Filters, filterParameters } from './filters.ts';
export type { Market } from './market.ts';
export { defineQuestion, type Question } from './question.ts';
export * from './questions/index.ts';
export { Replica, type ReplicaOptions } from './replica.ts';
