import { Duration, Validations } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { VpcOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { IDLE_TIMEOUT, type LoadBalancer } from './load-balancer.ts';
import { logBucket } from './logs.ts';
import type { Network } from './network.ts';
import type { Stage } from './stages.ts';

/** The header in which CloudFront tells the address it was called from; whatever the caller wrote there is replaced. */
export const CLIENT_ADDRESS_HEADER = 'x-client-address';

export interface DistributionProps {
  stage: Stage;
  network: Network;
  loadBalancer: LoadBalancer;
}

/** CloudFront before the load balancer: HTTPS with CloudFront's own name and certificate, and a private way to the origin. */
export class Distribution extends Construct {
  readonly distribution: cloudfront.Distribution;

  constructor(scope: Construct, id: string, { stage, network, loadBalancer }: DistributionProps) {
    super(scope, id);
    // CloudFront wants an internet gateway on the network of a private origin, as its owner's consent; nothing goes by it.
    this.node.addDependency(network);
    const origin = VpcOrigin.withApplicationLoadBalancer(loadBalancer.loadBalancer, {
      protocolPolicy: cloudfront.OriginProtocolPolicy.HTTP_ONLY,
      readTimeout: IDLE_TIMEOUT,
      // Below the load balancer's own, so that CloudFront never sends on a connection that is being closed.
      keepaliveTimeout: Duration.seconds(IDLE_TIMEOUT.toSeconds() - 5),
    });
    const tellClientAddress = new cloudfront.Function(this, 'TellClientAddress', {
      comment: 'Tells the origin the address that CloudFront was called from',
      runtime: cloudfront.FunctionRuntime.JS_2_0,
      code: cloudfront.FunctionCode.fromInline(
        [
          'function handler(event) {',
          `  event.request.headers['${CLIENT_ADDRESS_HEADER}'] = { value: event.viewer.ip };`,
          '  return event.request;',
          '}',
        ].join('\n'),
      ),
    });
    const toOrigin: cloudfront.BehaviorOptions = {
      origin,
      allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER,
      functionAssociations: [{ function: tellClientAddress, eventType: cloudfront.FunctionEventType.VIEWER_REQUEST }],
    };
    this.distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: 'Property Insights',
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      // Answers are never stale: only files whose name tells their content are kept at the edge.
      defaultBehavior: { ...toOrigin, cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED },
      additionalBehaviors: {
        '/assets/*': { ...toOrigin, cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED },
      },
      // CloudFront delivers its logs by access control lists, so the bucket must allow them.
      ...(stage.onRemoval === 'keep' && {
        enableLogging: true,
        logBucket: logBucket(this, 'AccessLogs', stage, { objectOwnership: ObjectOwnership.OBJECT_WRITER }),
      }),
    });
    Validations.of(this.distribution).acknowledge(
      { id: 'AwsSolutions-CFR1', reason: 'Sales are public records: no country is kept out.' },
      {
        id: 'AwsSolutions-CFR2',
        reason:
          'The firewall stands at the load balancer, the only origin and reachable by no other way, and limits clients by the address that CloudFront hands on. One at CloudFront would have to be made in us-east-1, wherever the stack is.',
      },
      {
        id: 'AwsSolutions-CFR4',
        reason: 'The protocol can be set with a certificate of one’s own only; browsers use TLS 1.3 with CloudFront’s.',
      },
    );
    if (stage.onRemoval !== 'keep') {
      Validations.of(this.distribution).acknowledge({
        id: 'AwsSolutions-CFR3',
        reason: 'A bucket with logs in it would be left when the stage is torn down; the services log every request.',
      });
    }
  }

  get address(): string {
    return `https://${this.distribution.distributionDomainName}`;
  }
}
