/** What the reader may do. */
import type { Answer } from '@property-insights/api-types';
import { useQuery } from '@tanstack/react-query';
import { useRemembered } from '../use-remembered.ts';
import { get } from './client.ts';

export type Access = Answer<'/api/access'>;
export const scopes = ['read', 'write', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** What the remembered token allows. On the machine of a local system, the load balancer adds one. */
export function useAccess() {
  const token = useRemembered('token');
  return useQuery({
    queryKey: ['/api/access', token],
    queryFn: ({ signal }) => get('/api/access', {}, signal),
    staleTime: 60_000,
  });
}

export const mayDo = ({ scope }: Pick<Access, 'scope'>, needed: Scope): boolean =>
  scope !== null && scopes.indexOf(scope) >= scopes.indexOf(needed);
