import type { BodyLimit } from '../balancer.ts';
import type { ResourceHandler } from './handler.ts';
import { list } from './properties.ts';

interface Rule {
  Statement: {
    ManagedRuleGroupStatement?: {
      Name: string;
      RuleActionOverrides?: { Name: string; ActionToUse: object }[];
      ScopeDownStatement?: {
        NotStatement?: { Statement: { ByteMatchStatement?: { PositionalConstraint: string; SearchString: string } } };
      };
    };
  };
}

/** What the rule `SizeRestrictions_BODY` of AWS's common rules lets pass. */
const maxBodyBytes = 8 * 1024;

/** Applies the limit that the firewall sets to the bodies of requests. Its other rules are skipped. */
export const webAcl: ResourceHandler = {
  type: 'AWS::WAFv2::WebACL',
  make({ logicalId, properties }, { balancer }) {
    balancer.setBodyLimits(list<Rule>(properties.Rules).flatMap(bodyLimits));
    return { ref: logicalId, attributes: { Arn: logicalId } };
  },
  remove(_, { balancer }) {
    balancer.setBodyLimits([]);
  },
};

function bodyLimits({ Statement: { ManagedRuleGroupStatement: group } }: Rule): BodyLimit[] {
  if (group?.Name !== 'AWSManagedRulesCommonRuleSet') return [];
  const counted = group.RuleActionOverrides?.find(({ Name }) => Name === 'SizeRestrictions_BODY');
  if (counted && 'Count' in counted.ActionToUse) return [];
  if (!group.ScopeDownStatement) return [{ maxBytes: maxBodyBytes }];
  const match = group.ScopeDownStatement.NotStatement?.Statement.ByteMatchStatement;
  if (match?.PositionalConstraint !== 'STARTS_WITH') {
    throw new Error('The local run supports only a scope of the common rules that excludes paths by their start.');
  }
  return [{ maxBytes: maxBodyBytes, exceptBelow: match.SearchString }];
}
