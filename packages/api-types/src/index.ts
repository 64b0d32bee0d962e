/** The types of the services' APIs. `npm run generate` writes `analytical.ts` and `reporting.ts` from their OpenAPI descriptions. */
import type { paths as Analytical } from './analytical.ts';
import type { paths as Reporting } from './reporting.ts';

type paths = Analytical & Reporting;
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : never;

/** A path of the API, with its parameters in braces: `/api/imports/{id}`. */
export type Path = keyof paths;

/** The query of a request; an empty object if the route has no query parameters. */
export type Query<P extends Path, M extends Method = 'get'> = paths[P] extends {
  [method in M]: { parameters: { query?: infer Parameters } };
}
  ? [NonNullable<Parameters>] extends [never]
    ? Record<string, never>
    : NonNullable<Parameters>
  : never;

/** The JSON body of a request. */
export type Body<P extends Path, M extends Method> = paths[P] extends { [method in M]: { requestBody: infer Request } }
  ? Json<Request>
  : never;

/** The JSON body of a successful response. */
export type Answer<P extends Path, M extends Method = 'get'> = paths[P] extends {
  [method in M]: { responses: infer Responses };
}
  ? Json<Responses[keyof Responses & (200 | 201 | 202)]>
  : never;
