import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

/** Durations in seconds, as in CloudFormation. */
export interface TargetGroupSettings {
  healthCheck: {
    path: string;
    interval: number;
    timeout: number;
    /** Passed checks in a row that make an unhealthy target healthy again. A new target needs one. */
    healthyThreshold: number;
    /** Failed checks in a row that make a healthy target unhealthy. */
    unhealthyThreshold: number;
    /** Statuses that pass: `200`, `200,204` or `200-299`. */
    matcher: string;
  };
  /** The time in which a deregistered target may finish its requests. */
  deregistrationDelay: number;
  algorithm: 'round_robin' | 'least_outstanding_requests';
}

export interface TargetAddress {
  host: string;
  port: number;
}

/** `initial`: has not passed a check yet. */
export type TargetState = 'initial' | 'healthy' | 'unhealthy';

export interface TargetHealth extends TargetAddress {
  state: TargetState;
  /** Why it is not healthy. */
  reason?: string;
}

/**
 * While a target is new it is checked this often, so that a service which starts in two seconds takes traffic after two, and
 * not after the 30 s interval of a template. It stays `initial` until its first pass, however many checks fail before.
 */
const initialCheckInterval = 0.25;

export class Target {
  readonly address: TargetAddress;
  readonly name: string;
  /** As many connections as there are requests at a time, one request each; kept alive, and closed when idle for long. */
  readonly pool: Pool;
  readonly stopped = new AbortController();
  /** Settles when it passes its first check or is deregistered before. */
  readonly firstPass = Promise.withResolvers<'healthy' | 'deregistered'>();
  state: TargetState = 'initial';
  reason: string | undefined = 'it has not been checked yet';
  /** Checks in a row whose result differs from the state. */
  contrary = 0;
  /** Requests that it is answering. */
  outstanding = 0;
  onIdle: (() => void) | undefined;

  constructor(
    address: TargetAddress,
    { connectTimeout, idleTimeout }: { connectTimeout: number; idleTimeout: number },
  ) {
    this.address = address;
    this.name = `${address.host}:${address.port}`;
    this.pool = new Pool(`http://${this.name}`, {
      connections: null,
      pipelining: 1,
      connect: { timeout: connectTimeout * 1000 },
      keepAliveTimeout: idleTimeout * 1000,
      // The load balancer times each exchange as a whole, both directions together.
      headersTimeout: 0,
      bodyTimeout: 0,
      // AWS's limit for a response's head; beyond it the response counts as broken.
      maxHeaderSize: 32 * 1024,
    });
  }

  begin(): void {
    this.outstanding++;
  }

  end(): void {
    this.outstanding--;
    if (this.outstanding === 0) this.onIdle?.();
  }
}

export interface TargetGroupOptions {
  settings: TargetGroupSettings;
  connectTimeout: number;
  idleTimeout: number;
  onHealth: (health: TargetHealth) => void;
}

/** A group of equivalent targets: checks their health, chooses one for each request, and drains them. */
export class TargetGroup {
  readonly #options: TargetGroupOptions;
  #settings: TargetGroupSettings;
  #passes: (status: number) => boolean;
  readonly #targets = new Map<string, Target>();
  readonly #draining = new Set<Target>();
  /** The targets of requests: the healthy ones, or all if none is healthy (the load balancer fails open). */
  #routable: Target[] = [];
  #next = 0;

  constructor(options: TargetGroupOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#passes = parseMatcher(options.settings.healthCheck.matcher);
  }

  /** Replaces the settings. */
  configure(settings: TargetGroupSettings): void {
    this.#passes = parseMatcher(settings.healthCheck.matcher);
    this.#settings = settings;
  }

  /** Resolves at its first passed check, or when it is deregistered before. @throws when it is registered already. */
  async register(address: TargetAddress): Promise<'healthy' | 'deregistered'> {
    const target = new Target(address, this.#options);
    if (this.#targets.has(target.name)) throw new Error(`target ${target.name} is registered already`);
    this.#targets.set(target.name, target);
    this.#route();
    void this.#watch(target);
    return target.firstPass.promise;
  }

  /**
   * Stops new requests to the target. Resolves when it has finished its requests, or when they are aborted after the
   * deregistration delay.
   * @throws when the target is not registered.
   */
  async deregister(address: TargetAddress): Promise<void> {
    const name = `${address.host}:${address.port}`;
    const target = this.#targets.get(name);
    if (target === undefined) throw new Error(`target ${name} is not registered`);
    this.#targets.delete(name);
    this.#route();
    target.stopped.abort();
    target.firstPass.resolve('deregistered');

    this.#draining.add(target);
    if (target.outstanding > 0) {
      const drained = new AbortController();
      target.onIdle = () => drained.abort();
      await sleep(this.#settings.deregistrationDelay * 1000, undefined, { signal: drained.signal }).catch(() => {});
    }
    this.#cutOff(target);
    this.#draining.delete(target);
  }

  /** The target for the next request; undefined when none is registered. */
  choose(): Target | undefined {
    const targets = this.#routable;
    if (targets.length === 0) return undefined;
    this.#next = (this.#next + 1) % targets.length;
    if (this.#settings.algorithm === 'round_robin') return targets[this.#next];
    // Round robin among equals: start at the next target and keep the first with the fewest requests.
    return [...targets.slice(this.#next), ...targets.slice(0, this.#next)].reduce((fewest, target) =>
      target.outstanding < fewest.outstanding ? target : fewest,
    );
  }

  health(): TargetHealth[] {
    return [...this.#targets.values()].map(describe);
  }

  /** Stops all checks and aborts all requests. */
  close(): void {
    for (const target of this.#targets.values()) {
      target.stopped.abort();
      target.firstPass.resolve('deregistered');
      this.#cutOff(target);
    }
    for (const target of this.#draining) this.#cutOff(target);
    this.#targets.clear();
    this.#route();
  }

  #cutOff(target: Target): void {
    void target.pool.destroy(new Error('its target was deregistered'));
  }

  #route(): void {
    const all = [...this.#targets.values()];
    const healthy = all.filter((target) => target.state === 'healthy');
    this.#routable = healthy.length > 0 ? healthy : all;
  }

  async #watch(target: Target): Promise<void> {
    const { interval } = this.#settings.healthCheck;
    const { signal } = target.stopped;
    while (!signal.aborted) {
      const started = performance.now();
      const failure = await this.#check(target);
      if (signal.aborted) return;
      this.#record(target, failure);
      const period = (target.state === 'initial' ? Math.min(initialCheckInterval, interval) : interval) * 1000;
      await sleep(Math.max(0, period - (performance.now() - started)), undefined, { signal }).catch(() => {});
    }
  }

  /** One health check on a connection of its own. Resolves with undefined if it passes, otherwise with the reason. */
  #check(target: Target): Promise<string | undefined> {
    const { path, timeout } = this.#settings.healthCheck;
    return new Promise((resolve) => {
      const signal = AbortSignal.any([AbortSignal.timeout(timeout * 1000), target.stopped.signal]);
      get({
        ...target.address,
        path,
        agent: false,
        headers: { 'User-Agent': 'ELB-HealthChecker/2.0', Connection: 'close' },
        signal,
      })
        .on('response', (response) => {
          const status = response.statusCode ?? 0;
          resolve(this.#passes(status) ? undefined : `Health checks failed with these codes: [${status}]`);
          response.destroy();
        })
        .on('error', (error) =>
          resolve(signal.aborted ? 'Request timed out' : `Health checks failed: ${error.message}`),
        );
    });
  }

  #record(target: Target, failure: string | undefined): void {
    const { healthyThreshold, unhealthyThreshold } = this.#settings.healthCheck;
    const { state } = target;
    target.contrary = (failure === undefined) === (state === 'healthy') ? 0 : target.contrary + 1;
    if (failure === undefined) {
      const needed = state === 'initial' ? 1 : healthyThreshold;
      if (state !== 'healthy' && target.contrary >= needed) this.#become(target, 'healthy');
    } else {
      target.reason = failure;
      if (state === 'healthy' && target.contrary >= unhealthyThreshold) this.#become(target, 'unhealthy');
    }
  }

  #become(target: Target, state: TargetState): void {
    target.state = state;
    target.contrary = 0;
    if (state === 'healthy') {
      target.reason = undefined;
      target.firstPass.resolve('healthy');
    }
    this.#route();
    this.#options.onHealth(describe(target));
  }
}

function describe({ address, state, reason }: Target): TargetHealth {
  return { ...address, state, ...(state !== 'healthy' && reason !== undefined && { reason }) };
}

function parseMatcher(matcher: string): (status: number) => boolean {
  const ranges = matcher.split(',').map((part) => {
    const match = /^\s*(\d{3})(?:-(\d{3}))?\s*$/.exec(part);
    if (!match) throw new Error(`health check matcher ${matcher} must be statuses such as 200, 200,204 or 200-299`);
    return { from: Number(match[1]), to: Number(match[2] ?? match[1]) };
  });
  return (status) => ranges.some(({ from, to }) => status >= from && status <= to);
}
