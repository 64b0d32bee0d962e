/** Questions and exports over HTTP. */
export { answerRoute } from './answer-route.ts';
export { toCsv } from './csv.ts';
export { questionErrors } from './errors.ts';
export { exportRoute } from './export-route.ts';
