import { matchesWildcards } from '../load-balancer/wildcard.ts';

/** A statement of an identity policy, as in a template after its intrinsic functions are resolved. */
export interface PolicyStatement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Record<string, Record<string, unknown>>;
}

/**
 * Whether the identity policies with these statements allow `action` (`secretsmanager:GetSecretValue`) on `resource` (an
 * ARN, or `*` for an action that has none): by default no, yes if a statement allows it, and no again if any denies it.
 * Actions match without regard to case, resources with; `*` is any run of characters and `?` exactly one in both.
 * @throws if the result depends on an unsupported element: a Condition, or a policy variable in a resource.
 */
export function isAllowed(statements: readonly PolicyStatement[], action: string, resource: string): boolean {
  const matching = statements.filter(
    (statement) => appliesToAction(statement, action) && appliesToResource(statement, resource),
  );
  for (const { Condition, Effect } of matching) {
    if (!Condition) continue;
    const named = Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.keys(keys).map((key) => `${operator} on ${key}`),
    );
    throw new Error(
      `a policy that would ${Effect.toLowerCase()} ${action} on ${resource} has a condition (${named.join(', ')}); conditions are not understood here`,
    );
  }
  return matching.length > 0 && matching.every(({ Effect }) => Effect === 'Allow');
}

function appliesToAction({ Action, NotAction }: PolicyStatement, action: string): boolean {
  const matches = (pattern: string) => matchesWildcards(pattern.toLowerCase(), action.toLowerCase());
  return Action !== undefined ? list(Action).some(matches) : !list(NotAction).some(matches);
}

function appliesToResource({ Resource, NotResource }: PolicyStatement, resource: string): boolean {
  const matches = (pattern: string) => {
    if (pattern.includes('${')) {
      throw new Error(`the resource ${pattern} of a policy has a policy variable; these are not understood here`);
    }
    return matchesWildcards(pattern, resource);
  };
  return Resource !== undefined ? list(Resource).some(matches) : !list(NotResource).some(matches);
}

function list(value: string | string[] | undefined): string[] {
  if (value === undefined) throw new Error('a policy statement needs Action or NotAction, and Resource or NotResource');
  return typeof value === 'string' ? [value] : value;
}
