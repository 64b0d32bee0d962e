import type { PolicyDocument } from '../identities.ts';
import type { ResourceHandler } from '../template/execute.ts';
import { list } from './properties.ts';

export const policy: ResourceHandler = {
  type: 'AWS::IAM::Policy',
  make({ logicalId, properties }, machine) {
    for (const role of list<string>(properties.Roles)) {
      machine.identities.attachPolicy(role, logicalId, properties.PolicyDocument as PolicyDocument);
    }
    return { ref: logicalId };
  },
  remove({ logicalId, properties }, machine) {
    for (const role of list<string>(properties.Roles)) machine.identities.detachPolicy(role, logicalId);
  },
};
