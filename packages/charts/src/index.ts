/** Charts as options of ECharts: pure functions, shared by pages and documents. */

export * from './periods.ts';
export { positionScale, roundRatios, roundScale, ticksOf } from './scale.ts';
export * from './style.ts';
export * from './theme.ts';
export * from './trend.ts';
