/** The load balancer of the templates: its parts are collected while they are made, and it opens when everything behind it is there. */
import type { Action, ListenerRule } from './load-balancer/listener.ts';
import {
  createLoadBalancer,
  type LoadBalancer,
  type RequestEvent,
  type TargetHealthEvent,
} from './load-balancer/load-balancer.ts';
import type { TargetAddress, TargetGroupSettings } from './load-balancer/target-group.ts';
import type { Log } from './logs.ts';
import { pageAuthorization } from './page-access.ts';

interface ListenerParts {
  defaultAction: Action;
  rules: ListenerRule[];
}

interface RegisteredTarget {
  /** Of the task, for the log. */
  name: string;
  onUnhealthy: () => void;
}

export class Balancer {
  /** Loopback: what runs for one developer is not for the whole network. */
  static readonly host = '127.0.0.1';
  readonly #log: Log;
  readonly #targetGroups: Record<string, TargetGroupSettings> = {};
  readonly #listeners = new Map<string, ListenerParts>();
  /** By address. */
  readonly #targets = new Map<string, RegisteredTarget>();
  readonly #opened = Promise.withResolvers<LoadBalancer>();
  #balancer: LoadBalancer | undefined;
  #closed = false;

  constructor(log: Log) {
    this.#log = log;
    this.#opened.promise.catch(() => {}); // told by open()
  }

  addTargetGroup(arn: string, settings: TargetGroupSettings): void {
    this.#targetGroups[arn] = settings;
  }

  addListener(arn: string, defaultAction: Action): void {
    this.#listeners.set(arn, { defaultAction, rules: [] });
  }

  addRule(listenerArn: string, rule: ListenerRule): void {
    const listener = this.#listeners.get(listenerArn);
    if (!listener) throw new Error(`There is no listener ${listenerArn} for the rule with priority ${rule.priority}.`);
    listener.rules.push(rule);
  }

  /** Listens, and routes by what has been added until now. The page's own requests bear the token. */
  async open(port: number, token: string): Promise<void> {
    // One that only sends clients on to HTTPS has no part here: the one that they are sent to is open without TLS.
    const listeners = [...this.#listeners.values()].filter(
      ({ defaultAction, rules }) => rules.length > 0 || defaultAction.type !== 'redirect',
    );
    const [listener, ...others] = listeners;
    if (!listener || others.length > 0) {
      throw new Error(
        `The templates define ${listeners.length} listeners with routes; the local run opens exactly one.`,
      );
    }
    this.#balancer = await createLoadBalancer({
      port,
      host: Balancer.host,
      listener,
      targetGroups: this.#targetGroups,
      authorize: (rawHeaders) => pageAuthorization(rawHeaders, port, token),
      log: (event) => (event.event === 'request' ? this.#logRequest(event) : this.#logHealth(event)),
    });
    if (this.#closed) await this.#balancer.close();
    this.#opened.resolve(this.#balancer);
  }

  /** Resolves at the target's first passed health check, or when it leaves before. */
  async register(
    targetGroupArn: string,
    target: TargetAddress,
    registered: RegisteredTarget,
  ): Promise<'healthy' | 'deregistered'> {
    this.#targets.set(addressName(target), registered);
    const balancer = await this.#opened.promise;
    const leftMeanwhile = !this.#targets.has(addressName(target));
    return leftMeanwhile ? 'deregistered' : balancer.registerTarget(targetGroupArn, target);
  }

  /** Resolves when the target has finished what it has. */
  async deregister(targetGroupArn: string, target: TargetAddress): Promise<void> {
    this.#targets.delete(addressName(target));
    const isRegistered = this.#balancer
      ?.targetHealth(targetGroupArn)
      .some((registered) => addressName(registered) === addressName(target));
    if (isRegistered) await this.#balancer?.deregisterTarget(targetGroupArn, target);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#balancer?.close();
  }

  #logRequest(event: RequestEvent): void {
    const { method, path, status, target, ms, error } = event;
    const by = target === null ? '' : ` ${this.#targets.get(target)?.name ?? target}`;
    this.#log.event({
      level: error === undefined ? 'info' : 'warn',
      message: `${method} ${path} ${status}${by} ${ms} ms${error === undefined ? '' : `: ${error}`}`,
    });
  }

  #logHealth({ state, reason, ...target }: TargetHealthEvent): void {
    const registered = this.#targets.get(addressName(target));
    const name = registered?.name ?? addressName(target);
    if (state === 'healthy') this.#log.info(`${name} is healthy`);
    else {
      this.#log.warn(`${name} is ${state}: ${reason}`);
      registered?.onUnhealthy();
    }
  }
}

function addressName({ host, port }: TargetAddress): string {
  return `${host}:${port}`;
}
