import { Duration, Stack, Validations } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  type ApplicationListener,
  ApplicationListenerRule,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  ListenerAction,
  ListenerCondition,
  SslPolicy,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { logBucket } from './logs.ts';
import type { Network } from './network.ts';
import { ofRegion } from './regions.ts';
import type { Service } from './service.ts';
import type { Stage } from './stages.ts';

export interface LoadBalancerProps {
  stage: Stage;
  network: Network;
  /** With a certificate, the listener uses HTTPS, and HTTP redirects to it. */
  certificate?: ICertificate;
  /** Whether the load balancer is private, so that only CloudFront reaches it. */
  internal: boolean;
}

/** The rules that route requests to a service. */
export interface Route {
  service: Service;
  /** The priority of the first rule; each further rule has the next number. */
  firstPriority: number;
  /** Path patterns: the whole path must match; `*` is any run of characters, `/` included. */
  paths: string[];
  healthCheckPath: string;
}

/** AWS allows five values in a rule, and documents three for one condition. */
const PATHS_PER_RULE = 3;

/** A connection without traffic is closed after this time; the services keep theirs open for longer. */
export const IDLE_TIMEOUT = Duration.seconds(60);

/** The time in which a deregistered task may finish its requests. Without any, the load balancer does not wait. */
const DEREGISTRATION_DELAY = Duration.seconds(60);

/** The entry of the system: requests are routed to a service by their path; other paths get a 404. */
export class LoadBalancer extends Construct {
  readonly loadBalancer: ApplicationLoadBalancer;
  private readonly network: Network;
  private readonly listener: ApplicationListener;

  constructor(scope: Construct, id: string, { stage, network, certificate, internal }: LoadBalancerProps) {
    super(scope, id);
    this.network = network;
    const keep = stage.onRemoval === 'keep';
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: 'Property Insights load balancer',
      allowAllOutbound: false,
    });
    this.loadBalancer = new ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc: network.vpc,
      vpcSubnets: internal ? network.privateSubnets : { subnets: network.vpc.publicSubnets },
      internetFacing: !internal,
      securityGroup,
      idleTimeout: IDLE_TIMEOUT,
      dropInvalidHeaderFields: true,
      deletionProtection: stage.deletionProtection,
    });
    // CloudFront connects to a private origin from these addresses too. The security group of its network interfaces would be narrower, but is created
    // with the first origin and would have to be looked up afterwards.
    const peer = internal ? Peer.prefixList(ofRegion(this, 'CloudFrontPrefixList')) : Peer.anyIpv4();
    securityGroup.addIngressRule(peer, Port.HTTP, internal ? 'CloudFront' : 'Anyone');
    if (!internal) {
      Validations.of(securityGroup).acknowledge({
        id: 'AwsSolutions-EC23',
        reason:
          'The public entry: anyone may send requests, by HTTP and HTTPS only, and the firewall inspects every request.',
      });
    }
    const notFound = ListenerAction.fixedResponse(404, {
      contentType: 'text/plain',
      messageBody: 'Resource not found.',
    });
    // The same listener with and without a certificate: when a running stack gets a domain, the port cannot have a second listener.
    const http = this.loadBalancer.addListener('Http', {
      port: 80,
      open: false,
      defaultAction: certificate
        ? ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true })
        : notFound,
    });
    if (certificate) {
      securityGroup.addIngressRule(peer, Port.HTTPS, 'Anyone');
      this.listener = this.loadBalancer.addListener('Https', {
        port: 443,
        open: false,
        certificates: [certificate],
        sslPolicy: SslPolicy.RECOMMENDED_TLS,
        defaultAction: notFound,
      });
    } else {
      this.listener = http;
    }
    if (keep) {
      this.logAccess(stage);
    } else {
      Validations.of(this.loadBalancer).acknowledge({
        id: 'AwsSolutions-ELB2',
        reason: 'A bucket with logs would remain when the stage is destroyed; the services log every request.',
      });
    }
  }

  get dnsName(): string {
    return this.loadBalancer.loadBalancerDnsName;
  }

  /** Routes requests for `paths` to the healthy tasks of `service`. */
  route(id: string, { service, firstPriority, paths, healthCheckPath }: Route): ApplicationTargetGroup {
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
    service.scale(targets);
    return targets;
  }

  /** Replaces the library's `logAccessLogs`, which requires a region. */
  private logAccess(stage: Stage): void {
    const bucket = logBucket(this, 'AccessLogs', stage);
    const allow = bucket.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('logdelivery.elasticloadbalancing.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects(`AWSLogs/${Stack.of(this).account}/*`)],
      }),
    );
    this.loadBalancer.setAttribute('access_logs.s3.enabled', 'true');
    this.loadBalancer.setAttribute('access_logs.s3.bucket', bucket.bucketName);
    // The load balancer writes a test file when logging is enabled.
    if (allow.policyDependable) this.loadBalancer.node.addDependency(allow.policyDependable);
  }
}
