import { Duration } from 'aws-cdk-lib';
import {
  type ApplicationListener,
  ApplicationListenerRule,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  ListenerAction,
  ListenerCondition,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import type { Network } from './network.ts';
import type { Service } from './service.ts';

/** How requests find a service. */
export interface Route {
  service: Service;
  /** Of the service's first rule; further rules follow it by one. */
  firstPriority: number;
  /** Path patterns: the whole path must match; `*` is any run of characters, `/` included. */
  paths: string[];
  healthCheckPath: string;
}

/** AWS allows five values in a rule, and documents three for one condition. */
const PATHS_PER_RULE = 3;

/** A connection without traffic is closed after this time; the services keep theirs open for longer. */
const IDLE_TIMEOUT = Duration.seconds(60);

/** A leaving task may finish what it has begun; with nothing in flight the load balancer doesn't wait. */
const DEREGISTRATION_DELAY = Duration.seconds(60);

/** The one door: requests go by their path to a service, and any other path gets a 404. */
export class LoadBalancer extends Construct {
  readonly dnsName: string;
  private readonly network: Network;
  private readonly listener: ApplicationListener;

  constructor(scope: Construct, id: string, { network }: { network: Network }) {
    super(scope, id);
    this.network = network;
    const loadBalancer = new ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc: network.vpc,
      internetFacing: true,
      idleTimeout: IDLE_TIMEOUT,
      dropInvalidHeaderFields: true,
    });
    this.dnsName = loadBalancer.loadBalancerDnsName;
    this.listener = loadBalancer.addListener('Http', {
      port: 80,
      open: true,
      defaultAction: ListenerAction.fixedResponse(404, {
        contentType: 'text/plain',
        messageBody: 'Resource not found.',
      }),
    });
  }

  /** Sends the requests for `paths` to the tasks of `service` that answer their health check. */
  route(id: string, { service, firstPriority, paths, healthCheckPath }: Route): void {
    const targets = new ApplicationTargetGroup(this, `${id}Targets`, {
      vpc: this.network.vpc,
      protocol: ApplicationProtocol.HTTP,
      port: service.port,
      targets: [service.fargateService],
      deregistrationDelay: DEREGISTRATION_DELAY,
      healthCheck: {
        path: healthCheckPath,
        healthyHttpCodes: '200',
        interval: Duration.seconds(15),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
      },
    });
    for (let start = 0; start < paths.length; start += PATHS_PER_RULE) {
      const number = start / PATHS_PER_RULE;
      new ApplicationListenerRule(this, `${id}Rule${number + 1}`, {
        listener: this.listener,
        priority: firstPriority + number,
        conditions: [ListenerCondition.pathPatterns(paths.slice(start, start + PATHS_PER_RULE))],
        action: ListenerAction.forward([targets]),
      });
    }
  }
}
