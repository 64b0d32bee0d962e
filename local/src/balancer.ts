/**
 * The load balancer of the templates: its parts are collected while they are made, and it opens when everything behind it is there. Once it is
 * open, a part that is added, changed or removed is in force at once.
 */
import type { Action, Listener, ListenerRule } from './load-balancer/listener.ts';
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
  /** By ARN. */
  rules: Map<string, ListenerRule>;
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
  #inForce: Listener | undefined;
  #closed = false;

  constructor(log: Log) {
    this.#log = log;
    this.#opened.promise.catch(() => {}); // told by open()
  }

  addTargetGroup(arn: string, settings: TargetGroupSettings): void {
    this.#targetGroups[arn] = settings;
    this.#configure();
  }

  addListener(arn: string, defaultAction: Action): void {
    this.#listeners.set(arn, { defaultAction, rules: this.#listeners.get(arn)?.rules ?? new Map() });
    this.#configure();
  }

  removeListener(arn: string): void {
    this.#listeners.delete(arn);
    this.#configure();
  }

  addRule(listenerArn: string, ruleArn: string, rule: ListenerRule): void {
    const listener = this.#listeners.get(listenerArn);
    if (!listener) throw new Error(`There is no listener ${listenerArn} for the rule with priority ${rule.priority}.`);
    listener.rules.set(ruleArn, rule);
    this.#configure();
  }

  removeRule(ruleArn: string): void {
    for (const { rules } of this.#listeners.values()) rules.delete(ruleArn);
    this.#configure();
  }

  /** Listens, and routes by what has been added until now. The page's own requests bear the token. */
  async open(port: number, token: string): Promise<void> {
    this.assertOneListener();
    this.#balancer = await createLoadBalancer({
      port,
      host: Balancer.host,
      listener: this.#inForce as Listener,
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

  /** @throws unless the templates, executed to their end, define exactly one listener with routes. */
  assertOneListener(): void {
    const { length } = this.#listenersWithRoutes();
    if (length !== 1) {
      throw new Error(`The templates define ${length} listeners with routes; the local run opens exactly one.`);
    }
  }

  /** While rules move from one listener to another, there are two with routes: until the new one has them all, what was in force stays so. */
  #configure(): void {
    const [listener, ...others] = this.#listenersWithRoutes();
    if (listener && others.length === 0) {
      this.#inForce = { defaultAction: listener.defaultAction, rules: [...listener.rules.values()] };
    }
    if (this.#inForce) this.#balancer?.configure(this.#inForce, this.#targetGroups);
  }

  /** One that only sends clients on to HTTPS has no part here: the one that they are sent to is open without TLS. */
  #listenersWithRoutes(): ListenerParts[] {
    return [...this.#listeners.values()].filter(
      ({ defaultAction, rules }) => rules.size > 0 || defaultAction.type !== 'redirect',
    );
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
