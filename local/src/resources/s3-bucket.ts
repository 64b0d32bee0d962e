import type { LifecycleRule } from '../s3/object-store.ts';
import type { ResourceHandler } from './handler.ts';
import { object } from './properties.ts';

/** Kept in the data directory, with its objects. */
export const bucket: ResourceHandler = {
  type: 'AWS::S3::Bucket',
  make({ logicalId, properties, stack }, { identities }) {
    const name = String(properties.BucketName ?? `${stack.name}-${logicalId}`).toLowerCase();
    identities.objects.addBucket(
      name,
      object<{ Rules?: LifecycleRule[] }>(properties.LifecycleConfiguration).Rules ?? [],
    );
    const domain = `${name}.s3.amazonaws.com`;
    return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}`, DomainName: domain, RegionalDomainName: domain } };
  },
};
