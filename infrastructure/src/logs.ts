import { Duration, Fn, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { LogGroup, type LogGroupProps } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption, type BucketProps } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Stage } from './stages.ts';

/** A log group with the retention period of the stage. */
export function logGroup(scope: Construct, id: string, stage: Stage, props: LogGroupProps = {}): LogGroup {
  return new LogGroup(scope, id, {
    ...props,
    retention: stage.logRetentionDays,
    removalPolicy: stage.onRemoval === 'keep' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
}

/**
 * A name for a resource that must be named before it is created. It contains a part of the stack's id, so that a later stack can use its own name
 * while the logs of this one are kept.
 */
export function uniqueName(scope: Construct): string {
  const { stackName, stackId } = Stack.of(scope);
  return `${stackName.toLowerCase()}-${Fn.select(4, Fn.split('-', Fn.select(2, Fn.split('/', stackId))))}`;
}

/** A bucket for logs that AWS delivers as files. It outlives the stack, since CloudFormation cannot delete a bucket that has files. */
export function logBucket(scope: Construct, id: string, stage: Stage, props: BucketProps = {}): Bucket {
  const bucket = new Bucket(scope, id, {
    ...props,
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    lifecycleRules: [{ expiration: Duration.days(stage.logRetentionDays) }],
    removalPolicy: RemovalPolicy.RETAIN,
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason: 'It contains access logs; only AWS writes to it.',
  });
  return bucket;
}
