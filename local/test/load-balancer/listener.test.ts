import { describe, expect, it } from 'vitest';
import {
  type Action,
  type Condition,
  checkListener,
  createRouter,
  type ListenerRule,
  redirectLocation,
} from '../../src/load-balancer/listener.ts';

const answer = (messageBody: string): Action => ({ type: 'fixed-response', statusCode: 200, messageBody });
const paths = (...values: string[]): Condition[] => [{ field: 'path-pattern', values }];
const rule = (priority: number, conditions: Condition[]): ListenerRule => ({
  priority,
  conditions,
  action: answer(String(priority)),
});
const request = { method: 'GET', host: 'example.com', path: '/api', query: '' };

describe('createRouter', () => {
  it('takes the matching rule with the lowest priority number, whatever their order', () => {
    const route = createRouter({
      rules: [rule(30, paths('/api')), rule(10, paths('/x')), rule(20, paths('/a*'))],
      defaultAction: answer('default'),
    });
    expect(route(request)).toEqual(answer('20'));
    expect(route({ ...request, path: '/x' })).toEqual(answer('10'));
  });

  it('takes the default action when no rule matches', () => {
    const route = createRouter({ rules: [rule(1, paths('/api', '/api/*'))], defaultAction: answer('default') });
    expect(route({ ...request, path: '/apix' })).toEqual(answer('default'));
    expect(route({ ...request, path: '/API' })).toEqual(answer('default'));
  });

  it('requires all conditions of a rule and any value of each', () => {
    const conditions: Condition[] = [
      ...paths('/api', '/api/*'),
      { field: 'http-request-method', values: ['GET', 'HEAD'] },
    ];
    const route = createRouter({ rules: [rule(1, conditions)], defaultAction: answer('default') });
    expect(route({ ...request, method: 'HEAD' })).toEqual(answer('1'));
    expect(route({ ...request, method: 'POST' })).toEqual(answer('default'));
  });

  it('matches host names without regard to case, with wildcards', () => {
    const route = createRouter({
      rules: [rule(1, [{ field: 'host-header', values: ['*.Example.com'] }])],
      defaultAction: answer('default'),
    });
    expect(route({ ...request, host: 'WWW.example.COM' })).toEqual(answer('1'));
    expect(route({ ...request, host: 'example.com' })).toEqual(answer('default'));
  });
});

describe('checkListener', () => {
  it.each<[string, ListenerRule[], RegExp]>([
    ['a priority that is taken', [rule(1, paths('/a')), rule(1, paths('/b'))], /rule 1: its priority is taken/],
    ['a priority of 0', [rule(0, paths('/a'))], /from 1 to 50000/],
    ['four values in a condition', [rule(1, paths('/a', '/b', '/c', '/d'))], /4 values; a condition takes 1 to 3/],
    [
      'six values in a rule',
      [rule(1, [...paths('/a', '/b', '/c'), { field: 'http-request-method', values: ['GET', 'HEAD', 'POST'] }])],
      /6 condition values; a rule takes 1 to 5/,
    ],
    ['a rule without conditions', [rule(1, [])], /0 condition values/],
    ['an overlong path pattern', [rule(1, paths(`/${'a'.repeat(128)}`))], /129 characters; at most 128/],
    ['a path pattern with an escape', [rule(1, paths('/a%20b'))], /path pattern \/a%20b may hold only/],
  ])('refuses %s', (_what, rules, message) => {
    expect(() => checkListener({ rules, defaultAction: answer('default') })).toThrow(message);
  });

  it('accepts the listeners that AWS accepts', () => {
    const rules = [rule(1, paths('/', '/api', '/api/*')), rule(50_000, paths(`/~$"'@:+&-_.?`))];
    expect(() => checkListener({ rules, defaultAction: answer('default') })).not.toThrow();
  });
});

describe('redirectLocation', () => {
  it('keeps the parts that the action does not name', () => {
    const location = redirectLocation(
      { type: 'redirect', statusCode: 301, protocol: 'HTTPS', port: '443' },
      { ...request, query: 'a=b' },
      8080,
    );
    expect(location).toBe('https://example.com:443/api?a=b');
  });

  it('fills in the parts that the action quotes', () => {
    const location = redirectLocation(
      { type: 'redirect', statusCode: 302, host: 'www.#{host}', path: '/new/#{path}', query: 'from=#{path}' },
      request,
      8080,
    );
    expect(location).toBe('http://www.example.com:8080/new/api?from=api');
  });
});
