/** Questions and exports over HTTP. */
export { type AnswerInput, answerRoute, sendAnswer } from './answer-route.ts';
export { cited, citedHeaders, completeHeader } from './cited.ts';
export { matchesEtag } from './conditional.ts';
export { rawParameter, toCsv } from './csv.ts';
export { abortOnDisconnect, ignoreDisconnect } from './disconnect.ts';
export { questionErrors } from './errors.ts';
export { exportRoute } from './export-route.ts';
