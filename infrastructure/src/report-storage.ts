import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Network } from './network.ts';
import type { Service } from './service.ts';

/** Days for which the result of a job can be fetched; apps/reporting/src/storage.ts states the same. */
const RESULT_DAYS = 7;
/** Days for which a report that a schedule wrote to S3 is kept. */
const DELIVERY_DAYS = 90;

/** What a task does with a report: it writes it, in parts if it is long, and reads it for a client. It lists and deletes nothing. */
const ACTIONS = ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'];

/** The bucket of finished reports. It outlives the stack, since CloudFormation cannot delete a bucket that has files; the files expire. */
export class ReportStorage extends Construct {
  private readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { network }: { network: Network }) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [
        { prefix: 'jobs/', expiration: Duration.days(RESULT_DAYS) },
        { prefix: 'schedules/', expiration: Duration.days(DELIVERY_DAYS) },
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only the tasks of one service read and write it, and they log what they do.',
    });
    network.allowToBucket(this.bucket, ACTIONS);
  }

  /** Lets a service write and read reports. */
  useIn(service: Service): void {
    service.allow(ACTIONS, this.bucket.arnForObjects('*'));
    service.setVariable('REPORTS_BUCKET', this.bucket.bucketName);
    Validations.of(service.fargateService.taskDefinition.taskRole).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${Stack.of(this).getLogicalId(this.bucket.node.defaultChild as CfnBucket)}.Arn>/*]`,
      reason: 'The bucket contains reports of this service only.',
    });
  }
}
