import type { PolicyDocument } from '../identities.ts';
import type { ResourceHandler } from './handler.ts';
import { list } from './properties.ts';

export const policy: ResourceHandler = {
  type: 'AWS::IAM::Policy',
  make({ logicalId, properties }, context) {
    for (const role of list<string>(properties.Roles)) {
      context.identities.attachPolicy(role, logicalId, properties.PolicyDocument as PolicyDocument);
    }
    return { ref: logicalId };
  },
  remove({ logicalId, properties }, context) {
    for (const role of list<string>(properties.Roles)) context.identities.detachPolicy(role, logicalId);
  },
};
