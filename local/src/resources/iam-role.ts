import type { PolicyDocument } from '../identities.ts';
import type { ResourceHandler } from './handler.ts';
import { list } from './properties.ts';

interface InlinePolicy {
  PolicyName: string;
  PolicyDocument: PolicyDocument;
}

export const role: ResourceHandler = {
  type: 'AWS::IAM::Role',
  make({ logicalId, properties, stack }, context) {
    const name = String(properties.RoleName ?? logicalId);
    const arn = `arn:aws:iam::${stack.account}:role/${name}`;
    context.identities.addRole(name, arn);
    // Managed policies of AWS are skipped: those in the templates allow logging and networking, not secrets.
    for (const { PolicyName, PolicyDocument } of list<InlinePolicy>(properties.Policies)) {
      context.identities.attachPolicy(name, PolicyName, PolicyDocument);
    }
    return { ref: name, attributes: { Arn: arn, RoleId: name } };
  },
};
