import { Duration, Validations } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { VpcOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { IDLE_TIMEOUT, type LoadBalancer } from './load-balancer.ts';
import { logBucket } from './logs.ts';
import type { Network } from './network.ts';
import type { Stage } from './stages.ts';

/** The header in which CloudFront passes the client's address. A value from the client is replaced. */
export const CLIENT_ADDRESS_HEADER = 'x-client-address';

export interface DistributionProps {
  stage: Stage;
  network: Network;
  loadBalancer: LoadBalancer;
}

/** CloudFront in front of the load balancer: HTTPS with CloudFront's own name and certificate, and a private connection to the origin. */
export class Distribution extends Construct {
  readonly distribution: cloudfront.Distribution;

  constructor(scope: Construct, id: string, { stage, network, loadBalancer }: DistributionProps) {
    super(scope, id);
    // CloudFront requires an internet gateway in the network of a private origin, but sends nothing through it.
    this.node.addDependency(network);
    const origin = VpcOrigin.withApplicationLoadBalancer(loadBalancer.loadBalancer, {
      protocolPolicy: cloudfront.OriginProtocolPolicy.HTTP_ONLY,
      readTimeout: IDLE_TIMEOUT,
      // Below the load balancer's timeout, so that CloudFront never uses a connection that is being closed.
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
      // Answers are never stale: only files with a hash in their name are cached.
      defaultBehavior: { ...toOrigin, cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED },
      additionalBehaviors: {
        '/assets/*': { ...toOrigin, cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED },
      },
      // CloudFront delivers its logs with access control lists, so the bucket must allow them.
      ...(stage.onRemoval === 'keep' && {
        enableLogging: true,
        logBucket: logBucket(this, 'AccessLogs', stage, { objectOwnership: ObjectOwnership.OBJECT_WRITER }),
      }),
    });
    Validations.of(this.distribution).acknowledge(
      { id: 'AwsSolutions-CFR1', reason: 'Sales are public records; no country is blocked.' },
      {
        id: 'AwsSolutions-CFR2',
        reason:
          'The firewall is at the load balancer, the only origin, which cannot be reached in another way; it limits clients by the address that CloudFront passes. A firewall at CloudFront would have to be created in us-east-1, whatever the region of the stack.',
      },
      {
        id: 'AwsSolutions-CFR4',
        reason: 'The protocol can only be set with a custom certificate; with CloudFront’s, browsers use TLS 1.3.',
      },
    );
    if (stage.onRemoval !== 'keep') {
      Validations.of(this.distribution).acknowledge({
        id: 'AwsSolutions-CFR3',
        reason: 'A bucket with logs would remain when the stage is destroyed; the services log every request.',
      });
    }
  }

  get address(): string {
    return `https://${this.distribution.distributionDomainName}`;
  }
}
