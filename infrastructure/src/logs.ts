import { Duration, Fn, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { LogGroup, type LogGroupProps } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption, type BucketProps } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Stage } from './stages.ts';

/** A log group that keeps its lines as long as the stage says, so that logs never grow for ever. */
export function logGroup(scope: Construct, id: string, stage: Stage, props: LogGroupProps = {}): LogGroup {
  return new LogGroup(scope, id, {
    ...props,
    retention: stage.logRetentionDays,
    removalPolicy: stage.onRemoval === 'keep' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
}

/**
 * For what AWS wants named before it is made. By a part of the stack's own id the name is free for a stack that follows this one, whose logs may
 * still be kept.
 */
export function uniqueName(scope: Construct): string {
  const { stackName, stackId } = Stack.of(scope);
  return `${stackName.toLowerCase()}-${Fn.select(4, Fn.split('-', Fn.select(2, Fn.split('/', stackId))))}`;
}

/** A bucket for logs that AWS delivers as files. It outlives the stack: CloudFormation can't remove a bucket with files in it. */
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
    reason: 'It holds access logs; nobody but AWS writes there.',
  });
  return bucket;
}
