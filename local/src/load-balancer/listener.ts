import { matchesPathPattern } from './path-pattern.ts';
import { matchesWildcards } from './wildcard.ts';

/** Routes a request: by the first matching rule in ascending priority, otherwise by the default action. */
export interface Listener {
  rules: ListenerRule[];
  defaultAction: Action;
}

export interface ListenerRule {
  priority: number;
  /** All must hold. */
  conditions: Condition[];
  action: Action;
}

/**
 * Holds when any of its values matches. Host names match without regard to case or port and may hold `*` and `?`; methods
 * match exactly.
 */
export interface Condition {
  field: 'path-pattern' | 'host-header' | 'http-request-method';
  values: string[];
}

export type Action = ForwardAction | FixedResponseAction | RedirectAction;

export interface ForwardAction {
  type: 'forward';
  targetGroupArn: string;
}

export interface FixedResponseAction {
  type: 'fixed-response';
  statusCode: number;
  contentType?: string;
  messageBody?: string;
}

/** Parts may hold `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and `#{query}`, and are these when left out. */
export interface RedirectAction {
  type: 'redirect';
  statusCode: 301 | 302;
  protocol?: string;
  host?: string;
  port?: string;
  path?: string;
  query?: string;
}

/** The parts of a request that routing depends on; `path` and `query` as the client wrote them, `host` without its port. */
export interface RoutedRequest {
  method: string;
  host: string;
  path: string;
  query: string;
}

/**
 * @throws if AWS would reject the listener: a priority that is taken or outside 1–50000, more than 3 values in a condition
 * or 5 in a rule, a path pattern over 128 characters or with a character that AWS does not allow there.
 */
export function checkListener(listener: Listener): void {
  const priorities = new Set<number>();
  for (const { priority, conditions } of listener.rules) {
    const rule = `listener rule ${priority}`;
    if (!Number.isInteger(priority) || priority < 1 || priority > 50_000) {
      throw new Error(`${rule}: a priority must be a whole number from 1 to 50000`);
    }
    if (priorities.has(priority)) throw new Error(`${rule}: its priority is taken by another rule`);
    priorities.add(priority);

    let values = 0;
    for (const condition of conditions) {
      const count = condition.values.length;
      values += count;
      if (count < 1 || count > 3) {
        throw new Error(`${rule}: ${condition.field} has ${count} values; a condition takes 1 to 3`);
      }
      if (condition.field === 'path-pattern') {
        for (const pattern of condition.values) checkPathPattern(rule, pattern);
      }
    }
    if (values < 1 || values > 5) {
      throw new Error(`${rule}: it has ${values} condition values; a rule takes 1 to 5, more need another rule`);
    }
  }
}

function checkPathPattern(rule: string, pattern: string): void {
  if (pattern.length > 128) {
    throw new Error(`${rule}: path pattern ${pattern} has ${pattern.length} characters; at most 128 are allowed`);
  }
  if (!/^[A-Za-z0-9_.$/~"'@:+&*?-]+$/.test(pattern)) {
    throw new Error(
      `${rule}: path pattern ${pattern} may hold only letters, digits, _-.$/~"'@:+& and the wildcards * ?`,
    );
  }
}

/** The function that finds the action for a request; rules may come in any order. */
export function createRouter(listener: Listener): (request: RoutedRequest) => Action {
  const rules = listener.rules.toSorted((a, b) => a.priority - b.priority);
  return (request) =>
    rules.find((rule) => rule.conditions.every((condition) => holds(condition, request)))?.action ??
    listener.defaultAction;
}

function holds(condition: Condition, request: RoutedRequest): boolean {
  switch (condition.field) {
    case 'path-pattern':
      return condition.values.some((pattern) => matchesPathPattern(pattern, request.path));
    case 'host-header': {
      const host = request.host.toLowerCase();
      return condition.values.some((pattern) => matchesWildcards(pattern.toLowerCase(), host));
    }
    case 'http-request-method':
      return condition.values.includes(request.method);
  }
}

/** The address that a redirect sends the client to. */
export function redirectLocation(action: RedirectAction, request: RoutedRequest, port: number): string {
  const known: Record<string, string> = {
    protocol: 'HTTP',
    host: request.host,
    port: String(port),
    path: request.path.slice(1),
    query: request.query,
  };
  const fill = (text: string) => text.replace(/#\{(protocol|host|port|path|query)\}/g, (_, name) => known[name] ?? '');
  const protocol = fill(action.protocol ?? '#{protocol}').toLowerCase();
  const host = fill(action.host ?? '#{host}');
  const path = fill(action.path ?? '/#{path}');
  const query = fill(action.query ?? '#{query}');
  return `${protocol}://${host}:${fill(action.port ?? '#{port}')}${path}${query && `?${query}`}`;
}
