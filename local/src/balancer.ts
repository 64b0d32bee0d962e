/**
 * The load balancer of the templates. Its parts are collected while the templates are executed; then it opens. Later changes of its parts take
 * effect at once.
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

/** A limit that the firewall sets to the bodies of requests. */
export interface BodyLimit {
  maxBytes: number;
  /** Paths with this start are exempt. */
  exceptBelow?: string;
}

interface RegisteredTarget {
  /** The name of the task, for the log. */
  name: string;
  onUnhealthy: () => void;
}

export class Balancer {
  /** Loopback, so that other machines have no access. */
  static readonly host = '127.0.0.1';
  readonly #log: Log;
  readonly #targetGroups: Record<string, TargetGroupSettings> = {};
  readonly #listeners = new Map<string, ListenerParts>();
  /** By address. */
  readonly #targets = new Map<string, RegisteredTarget>();
  #bodyLimits: BodyLimit[] = [];
  readonly #opened = Promise.withResolvers<LoadBalancer>();
  /** The header, in lower case, in which targets get the client's address, as CloudFront sets it; undefined if CloudFront is not the entry. */
  clientAddressHeader: string | undefined;
  #balancer: LoadBalancer | undefined;
  #current: Listener | undefined;
  #closed = false;

  constructor(log: Log) {
    this.#log = log;
    this.#opened.promise.catch(() => {}); // open() reports it
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

  setBodyLimits(limits: BodyLimit[]): void {
    this.#bodyLimits = limits;
  }

  /** Starts to listen. Requests of the dashboard get the token. */
  async open(port: number, token: string): Promise<void> {
    this.assertOneListener();
    this.#balancer = await createLoadBalancer({
      port,
      host: Balancer.host,
      listener: this.#current as Listener,
      targetGroups: this.#targetGroups,
      maxBodyBytes: (path) => {
        const applied = this.#bodyLimits.filter(({ exceptBelow }) => !exceptBelow || !path.startsWith(exceptBelow));
        return Math.min(...applied.map(({ maxBytes }) => maxBytes));
      },
      clientAddressHeader: () => this.clientAddressHeader,
      authorize: (rawHeaders) => pageAuthorization(rawHeaders, port, token),
      log: (event) => (event.event === 'request' ? this.#logRequest(event) : this.#logHealth(event)),
    });
    if (this.#closed) await this.#balancer.close();
    this.#opened.resolve(this.#balancer);
  }

  /** Resolves when the target passes its first health check, or is deregistered before. */
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

  /** Resolves when the target has finished its requests. */
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

  /** @throws unless the executed templates define exactly one listener with routes. */
  assertOneListener(): void {
    const { length } = this.#listenersWithRoutes();
    if (length !== 1) {
      throw new Error(`The templates define ${length} listeners with routes; the local run requires exactly one.`);
    }
  }

  /** While an update moves rules from one listener to another, both have routes; until that is complete, the former listener is used. */
  #configure(): void {
    const [listener, ...others] = this.#listenersWithRoutes();
    if (listener && others.length === 0) {
      this.#current = { defaultAction: listener.defaultAction, rules: [...listener.rules.values()] };
    }
    if (this.#current) this.#balancer?.configure(this.#current, this.#targetGroups);
  }

  /** A listener that only redirects to HTTPS is left out: the listener for HTTPS is open locally without TLS. */
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
