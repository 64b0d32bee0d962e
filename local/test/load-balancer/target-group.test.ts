import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TargetGroupSettings } from '../../src/load-balancer/target-group.ts';
import { groupArn, startBalancer, startBoth, startTarget, until } from './support.ts';

const healthCheck = (settings: Partial<TargetGroupSettings['healthCheck']> = {}) => ({
  path: '/ready',
  interval: 0.05,
  timeout: 2,
  healthyThreshold: 3,
  unhealthyThreshold: 2,
  matcher: '200-299',
  ...settings,
});

/** A target whose health check answers with `status()` and everything else with its name. */
async function startNamedTarget(name: string, status: () => number = () => 200) {
  const checks: (string | undefined)[] = [];
  const target = await startTarget((request, response) => {
    if (request.url !== '/ready') return response.end(name);
    checks.push(request.headers['user-agent']);
    return response.writeHead(status()).end();
  });
  return { ...target, checks };
}

async function ask(url: string, times: number): Promise<string> {
  let answers = '';
  for (let i = 0; i < times; i++) answers += await (await fetch(`${url}/api`)).text();
  return answers;
}

describe('health checks', () => {
  it('admit a new target after one success', async () => {
    const { balancer, url, healthChanges } = await startBalancer({ healthCheck: healthCheck({ interval: 30 }) });
    const a = await startNamedTarget('a');
    expect(await balancer.registerTarget(groupArn, a.address)).toBe('healthy');
    expect(balancer.targetHealth(groupArn)).toEqual([{ ...a.address, state: 'healthy' }]);
    expect(a.checks).toEqual(['ELB-HealthChecker/2.0']);
    expect(healthChanges).toEqual([{ event: 'target_health', target_group: groupArn, ...a.address, state: 'healthy' }]);

    const b = await startNamedTarget('b', () => 503);
    void balancer.registerTarget(groupArn, b.address);
    await until(() => b.checks.length > 1);
    expect(await ask(url, 4)).toBe('aaaa');
    expect(balancer.targetHealth(groupArn)[1]).toEqual({
      ...b.address,
      state: 'initial',
      reason: 'Health checks failed with these codes: [503]',
    });
  });

  it('do not wait for the interval while a target is new', async () => {
    const { balancer } = await startBalancer({ healthCheck: healthCheck({ interval: 30 }) });
    let isUp = false;
    const a = await startNamedTarget('a', () => (isUp ? 200 : 503));
    setTimeout(() => {
      isUp = true;
    }, 300);
    const started = performance.now();
    expect(await balancer.registerTarget(groupArn, a.address)).toBe('healthy');
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('take a target out after the unhealthy threshold and back after the healthy threshold', async () => {
    const { balancer, url, healthChanges } = await startBalancer({ healthCheck: healthCheck() });
    let status = 200;
    const a = await startNamedTarget('a', () => status);
    const b = await startNamedTarget('b');
    await Promise.all([a, b].map(({ address }) => balancer.registerTarget(groupArn, address)));
    const failedFrom = a.checks.length;
    status = 500;
    await until(() => healthChanges.length === 3);
    expect(healthChanges[2]).toMatchObject({ ...a.address, state: 'unhealthy' });
    expect(a.checks.length - failedFrom).toBeGreaterThanOrEqual(2);
    expect(await ask(url, 4)).toBe('bbbb');

    status = 204;
    const passedFrom = a.checks.length;
    await until(() => healthChanges.length === 4);
    expect(healthChanges[3]).toMatchObject({ ...a.address, state: 'healthy' });
    expect(a.checks.length - passedFrom).toBeGreaterThanOrEqual(3);
    expect([...(await ask(url, 4))].sort().join('')).toBe('aabb');
  });

  it('fail when a target does not answer in time', async () => {
    const { balancer } = await startBalancer({ healthCheck: healthCheck({ path: '/hangs', timeout: 0.1 }) });
    const target = await startTarget(() => {});
    void balancer.registerTarget(groupArn, target.address);
    await until(() => balancer.targetHealth(groupArn)[0]?.reason === 'Request timed out');
  });

  it('count the statuses of the matcher as passes, and no other', async () => {
    await expect(startBalancer({ healthCheck: healthCheck({ matcher: '2xx' }) })).rejects.toThrow(
      'health check matcher 2xx must be statuses such as 200, 200,204 or 200-299',
    );
    const { balancer } = await startBalancer({ healthCheck: healthCheck({ matcher: '200,404' }) });
    const a = await startNamedTarget('a', () => 404);
    expect(await balancer.registerTarget(groupArn, a.address)).toBe('healthy');
  });

  it('do not matter when every target fails them: the load balancer fails open', async () => {
    const { balancer, url } = await startBalancer({ healthCheck: healthCheck() });
    const targets = [await startNamedTarget('a', () => 500), await startNamedTarget('b', () => 500)];
    for (const { address } of targets) void balancer.registerTarget(groupArn, address);
    await until(() => targets.every(({ checks }) => checks.length > 1));
    expect([...(await ask(url, 6))].sort().join('')).toBe('aaabbb');
  });
});

describe('the choice of a target', () => {
  it('goes round robin', async () => {
    const { balancer, url } = await startBalancer({ healthCheck: healthCheck() });
    for (const name of ['a', 'b', 'c']) {
      await balancer.registerTarget(groupArn, (await startNamedTarget(name)).address);
    }
    const answers = await ask(url, 9);
    expect(answers.slice(0, 3)).toBe(answers.slice(3, 6));
    expect(answers.slice(0, 3)).toBe(answers.slice(6, 9));
    expect([...answers.slice(0, 3)].sort().join('')).toBe('abc');
  });

  it('prefers the target with the fewest requests under least_outstanding_requests', async () => {
    const { balancer, url } = await startBalancer({
      algorithm: 'least_outstanding_requests',
      healthCheck: healthCheck({ path: '/api/health' }),
    });
    const slow = await startTarget(() => {});
    const quick = await startTarget((_, response) => response.end('quick'));
    await balancer.registerTarget(groupArn, slow.address);
    const pending = fetch(`${url}/api`).catch(() => {});
    await until(() => slow.connections() > 1);
    await balancer.registerTarget(groupArn, quick.address);
    expect(await ask(url, 5)).toBe('quick'.repeat(5));
    await balancer.close();
    await pending;
  });
});

describe('registration', () => {
  it('refuses a target twice, an unknown target and an unknown group', async () => {
    const { balancer } = await startBalancer();
    const address = { host: '127.0.0.1', port: 1 };
    void balancer.registerTarget(groupArn, address);
    await expect(balancer.registerTarget(groupArn, address)).rejects.toThrow('127.0.0.1:1 is registered already');
    await expect(balancer.deregisterTarget(groupArn, { ...address, port: 2 })).rejects.toThrow(
      '127.0.0.1:2 is not registered',
    );
    expect(() => balancer.targetHealth('arn:x')).toThrow('there is no target group arn:x');
  });

  it('says so when a target leaves before its first pass', async () => {
    const { balancer } = await startBalancer();
    const address = { host: '127.0.0.1', port: 1 };
    const registered = balancer.registerTarget(groupArn, address);
    await balancer.deregisterTarget(groupArn, address);
    expect(await registered).toBe('deregistered');
  });

  it('says which port is taken', async () => {
    const { balancer } = await startBalancer();
    const { createLoadBalancer } = await import('../../src/load-balancer/load-balancer.ts');
    const second = createLoadBalancer({
      port: balancer.port,
      host: '127.0.0.1',
      listener: { rules: [], defaultAction: { type: 'fixed-response', statusCode: 404 } },
      targetGroups: {},
      log: () => {},
    });
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE', port: balancer.port });
  });
});

describe('a draining target', () => {
  it('finishes what it has and gets nothing new', async () => {
    const finishers: (() => void)[] = [];
    const { balancer, url, target } = await startBoth((_, response) => {
      response.write('started ');
      finishers.push(() => response.end('finished'));
    });
    const responses = await Promise.all([fetch(`${url}/api`), fetch(`${url}/api`)]);
    let isDrained = false;
    const drained = balancer.deregisterTarget(groupArn, target.address).then(() => {
      isDrained = true;
    });
    expect((await fetch(`${url}/api`)).status).toBe(503);
    finishers[0]?.();
    await sleep(50);
    expect(isDrained).toBe(false);
    finishers[1]?.();
    await drained;
    expect(await Promise.all(responses.map((response) => response.text()))).toEqual([
      'started finished',
      'started finished',
    ]);
  });

  it('is cut off when the deregistration delay is over', async () => {
    const { balancer, url, target } = await startBoth((_, response) => void response.write('x'), {
      deregistrationDelay: 0.2,
    });
    const response = await fetch(`${url}/api`);
    await balancer.deregisterTarget(groupArn, target.address);
    await expect(response.text()).rejects.toThrow();
  });

  it('is removed at once when it is idle, and its connections are closed', async () => {
    const { balancer, url, target } = await startBoth((_, response) => response.end('x'));
    await ask(url, 3);
    const started = performance.now();
    await balancer.deregisterTarget(groupArn, target.address);
    expect(performance.now() - started).toBeLessThan(20_000);
    const open = () => new Promise<number>((resolve) => target.server.getConnections((_, count) => resolve(count)));
    for (const deadline = Date.now() + 2000; (await open()) > 0; await sleep(10)) {
      expect(Date.now()).toBeLessThan(deadline);
    }
  });

  it('can be registered again meanwhile', async () => {
    let finish: () => void = () => {};
    const { balancer, url, target } = await startBoth((request, response) => {
      if (request.url === '/api/slow') finish = () => response.end('slow');
      else response.end('quick');
      if (request.url === '/api/slow') response.flushHeaders();
    });
    const slow = await fetch(`${url}/api/slow`);
    const drained = balancer.deregisterTarget(groupArn, target.address);
    await balancer.registerTarget(groupArn, target.address);
    expect(await ask(url, 2)).toBe('quickquick');
    finish();
    await drained;
    expect(await slow.text()).toBe('slow');
    expect(await ask(url, 2)).toBe('quickquick');
  });
});

/** A target in a process of its own. */
async function spawnTarget() {
  const program = `require('http').createServer((_, response) => setTimeout(() => response.end('ok'), 5)).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, address: { host: '127.0.0.1', port: Number(line) } };
}

describe('a target killed under load', () => {
  it('loses no request that comes after its deregistration', async () => {
    // An interval so long that the health checks cannot be what saves the requests.
    const { balancer, url } = await startBalancer({ healthCheck: healthCheck({ interval: 30, timeout: 5 }) });
    const targets = [await spawnTarget(), await spawnTarget()];
    await Promise.all(targets.map(({ address }) => balancer.registerTarget(groupArn, address)));
    const dying = targets[0] as (typeof targets)[number];
    let deregisteredAt = Number.POSITIVE_INFINITY;
    dying.child.once('exit', () => {
      deregisteredAt = performance.now();
      void balancer.deregisterTarget(groupArn, dying.address);
    });

    const lost = { before: 0, after: 0 };
    const served = { before: 0, after: 0 };
    let isOver = false;
    const load = Array.from({ length: 20 }, async () => {
      while (!isOver) {
        const when = performance.now() < deregisteredAt ? 'before' : 'after';
        const response = await fetch(`${url}/api`);
        await response.arrayBuffer();
        (response.status === 200 ? served : lost)[when]++;
      }
    });
    await until(() => served.before > 100);
    dying.child.kill('SIGKILL');
    await until(() => served.after > 300);
    isOver = true;
    await Promise.all(load);
    expect(lost.after).toBe(0);
    // Those that it was answering when it died, at most one a client, and a few in the milliseconds before anyone knew.
    expect(lost.before).toBeLessThanOrEqual(40);
  });
});
