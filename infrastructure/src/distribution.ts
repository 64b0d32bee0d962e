import { Duration, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { VpcOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import { ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { DomainName } from './configuration.ts';
import { Domain } from './domain.ts';
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
  /** Its own name, with the ARN of a certificate in us-east-1; by default CloudFront's. */
  domain?: (DomainName & { certificateArn: string }) | undefined;
}

/** CloudFront in front of the load balancer: HTTPS, and a private connection to the origin. */
export class Distribution extends Construct {
  readonly distribution: cloudfront.Distribution;
  private readonly domain: Domain | undefined;

  constructor(scope: Construct, id: string, { stage, network, loadBalancer, domain }: DistributionProps) {
    super(scope, id);
    // CloudFront requires an internet gateway in the network of a private origin, but sends nothing through it.
    this.node.addDependency(network);
    const origin = VpcOrigin.withApplicationLoadBalancer(loadBalancer.loadBalancer, {
      protocolPolicy: cloudfront.OriginProtocolPolicy.HTTP_ONLY,
      readTimeout: IDLE_TIMEOUT,
      // Below the load balancer's timeout, so that CloudFront never uses a connection that is being closed.
      keepaliveTimeout: Duration.seconds(IDLE_TIMEOUT.toSeconds() - 5),
    });
    const passClientAddress = new cloudfront.Function(this, 'PassClientAddress', {
      comment: 'Passes the address of the client to the origin',
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
      functionAssociations: [{ function: passClientAddress, eventType: cloudfront.FunctionEventType.VIEWER_REQUEST }],
    };
    this.distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: 'Property Insights',
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      ...(domain && {
        domainNames: [domain.domainName],
        certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
        minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
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
    );
    if (domain) {
      this.domain = new Domain(this, 'Domain', domain);
      this.domain.pointTo(new CloudFrontTarget(this.distribution), { ipv6: true });
    } else {
      Validations.of(this.distribution).acknowledge({
        id: 'AwsSolutions-CFR4',
        reason: 'The protocol can only be set with a certificate of its own; with CloudFront’s, browsers use TLS 1.3.',
      });
    }
    if (stage.onRemoval !== 'keep') {
      Validations.of(this.distribution).acknowledge({
        id: 'AwsSolutions-CFR3',
        reason: 'A bucket with logs would remain when the stage is destroyed; the services log every request.',
      });
    }
  }

  /** The name that clients use. */
  get host(): string {
    return this.domain?.name ?? this.distribution.distributionDomainName;
  }
}
