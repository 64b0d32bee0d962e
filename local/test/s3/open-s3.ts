/** A bucket on this machine, for tests of what uses S3. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { ObjectStore } from '../../src/s3/object-store.ts';
import { createS3 } from '../../src/s3/s3.ts';

export interface OpenS3 {
  bucket: string;
  store: ObjectStore;
  /** The configuration of a client. */
  config: S3ClientConfig & { endpoint: string };
  client: S3Client;
  close(): Promise<void>;
}

export async function openS3(): Promise<OpenS3> {
  const bucket = 'reports';
  const credentials = { accessKeyId: 'ASIATEST', secretAccessKey: 'secret' };
  const store = new ObjectStore(mkdtempSync(join(tmpdir(), 'property-insights-s3-')));
  store.addBucket(bucket, []);
  const statements = [
    { Effect: 'Allow', Action: ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload'], Resource: '*' } as const,
  ].map((statement) => ({ ...statement, Action: [...statement.Action] }));
  const endpoint = await createS3({
    store,
    findPrincipal: () => ({
      arn: 'arn:aws:sts::000000000000:assumed-role/test/test',
      secretAccessKey: 'secret',
      statements,
    }),
    onRefusal() {},
  });
  const config = { endpoint: endpoint.url, region: 'us-east-1', credentials };
  const client = new S3Client(config);
  return {
    bucket,
    store,
    config,
    client,
    async close() {
      client.destroy();
      await endpoint.close();
      await store.destroy();
    },
  };
}
