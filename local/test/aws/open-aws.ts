/** A bucket and a sender of e-mail on this machine, for tests of what uses S3 and SES. */
import { mkdtempSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { ObjectStore } from '../../src/s3/object-store.ts';
import { createS3 } from '../../src/s3/s3.ts';
import { createSes } from '../../src/ses/ses.ts';

export interface OpenAws {
  bucket: string;
  store: ObjectStore;
  s3: S3Client;
  ses: SESv2Client;
  /** The messages that were sent, as text, the first first. */
  messages(): Promise<string[]>;
  close(): Promise<void>;
}

/** With the rights that the role of reporting has. */
export async function openAws(): Promise<OpenAws> {
  const bucket = 'reports';
  const directory = mkdtempSync(join(tmpdir(), 'property-insights-aws-'));
  const mail = join(directory, 'mail');
  const Action = ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload', 'ses:SendRawEmail'];
  const principal = {
    arn: 'arn:aws:sts::000000000000:assumed-role/reporting/task',
    secretAccessKey: 'secret',
    statements: [{ Effect: 'Allow' as const, Action, Resource: '*' }],
  };
  const store = new ObjectStore(join(directory, 's3'));
  store.addBucket(bucket, []);
  const findPrincipal = () => principal;
  const s3Endpoint = await createS3({ store, findPrincipal, onRefusal() {} });
  const sesEndpoint = await createSes({ directory: mail, findPrincipal, findIdentity: () => 'arn', onMessage() {} });
  const common = { region: 'us-east-1', credentials: { accessKeyId: 'ASIATEST', secretAccessKey: 'secret' } };
  const s3 = new S3Client({ ...common, endpoint: s3Endpoint.url });
  const ses = new SESv2Client({ ...common, endpoint: sesEndpoint.url });
  return {
    bucket,
    store,
    s3,
    ses,
    async messages() {
      const names = await readdir(mail).catch(() => []);
      return Promise.all(names.sort().map((name) => readFile(join(mail, name), 'utf8')));
    },
    async close() {
      s3.destroy();
      ses.destroy();
      await Promise.all([s3Endpoint.close(), sesEndpoint.close()]);
      store.close();
      await rm(directory, { recursive: true });
    },
  };
}
