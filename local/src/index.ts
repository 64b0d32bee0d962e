export { Logs } from './logs.ts';
export { type LocalOptions, type LocalSystem, startLocal } from './start.ts';
