import { Aws, CfnMapping, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** The properties of a region that a template needs and CloudFormation cannot look up. */
interface Region {
  /**
   * Ids of three zones with Fargate on ARM64 and CloudFront's VPC origins, which `use1-az3`, `apne1-az3`, `apne2-az1` and `cac1-az3` lack. A zone has the
   * same id in every account, but not the same letter. A stage uses the first ones.
   */
  zones: [string, string, string];
  /** The prefix list `com.amazonaws.global.cloudfront.origin-facing`, whose content AWS maintains. */
  cloudFrontPrefixList: string;
  /** Whether CloudFormation knows `AWS::Budgets::Budget`; default true. */
  budgets?: false;
}

/**
 * The supported regions: those that are enabled in every account and have three zones for it. (us-west-1 gives an account two zones.) `npm run
 * lint:templates` checks every template for each of them.
 */
export const regions: Record<string, Region> = {
  'ap-northeast-1': { zones: ['apne1-az1', 'apne1-az2', 'apne1-az4'], cloudFrontPrefixList: 'pl-58a04531' },
  'ap-northeast-2': { zones: ['apne2-az3', 'apne2-az2', 'apne2-az4'], cloudFrontPrefixList: 'pl-22a6434b' },
  'ap-northeast-3': {
    zones: ['apne3-az1', 'apne3-az2', 'apne3-az3'],
    cloudFrontPrefixList: 'pl-31a14458',
    budgets: false,
  },
  'ap-south-1': { zones: ['aps1-az1', 'aps1-az2', 'aps1-az3'], cloudFrontPrefixList: 'pl-9aa247f3' },
  'ap-southeast-1': { zones: ['apse1-az1', 'apse1-az2', 'apse1-az3'], cloudFrontPrefixList: 'pl-31a34658' },
  'ap-southeast-2': { zones: ['apse2-az1', 'apse2-az2', 'apse2-az3'], cloudFrontPrefixList: 'pl-b8a742d1' },
  'ca-central-1': { zones: ['cac1-az1', 'cac1-az2', 'cac1-az4'], cloudFrontPrefixList: 'pl-38a64351' },
  'eu-central-1': { zones: ['euc1-az1', 'euc1-az2', 'euc1-az3'], cloudFrontPrefixList: 'pl-a3a144ca' },
  'eu-north-1': { zones: ['eun1-az1', 'eun1-az2', 'eun1-az3'], cloudFrontPrefixList: 'pl-fab65393', budgets: false },
  'eu-west-1': { zones: ['euw1-az1', 'euw1-az2', 'euw1-az3'], cloudFrontPrefixList: 'pl-4fa04526' },
  'eu-west-2': { zones: ['euw2-az1', 'euw2-az2', 'euw2-az3'], cloudFrontPrefixList: 'pl-93a247fa' },
  'eu-west-3': { zones: ['euw3-az1', 'euw3-az2', 'euw3-az3'], cloudFrontPrefixList: 'pl-75b1541c' },
  'sa-east-1': { zones: ['sae1-az1', 'sae1-az2', 'sae1-az3'], cloudFrontPrefixList: 'pl-5da64334' },
  'us-east-1': { zones: ['use1-az2', 'use1-az4', 'use1-az6'], cloudFrontPrefixList: 'pl-3b927c52' },
  'us-east-2': { zones: ['use2-az1', 'use2-az2', 'use2-az3'], cloudFrontPrefixList: 'pl-b6a144df' },
  'us-west-2': { zones: ['usw2-az1', 'usw2-az2', 'usw2-az3'], cloudFrontPrefixList: 'pl-82a045eb' },
};

const mapping = Object.fromEntries(
  Object.entries(regions).map(
    ([
      region,
      {
        zones: [Zone1, Zone2, Zone3],
        cloudFrontPrefixList,
      },
    ]) => [region, { Zone1, Zone2, Zone3, CloudFrontPrefixList: cloudFrontPrefixList }],
  ),
);

/** A property of the region that the template is deployed in. In a region without an entry, CloudFormation refuses the template before it creates anything. */
export function ofRegion(scope: Construct, property: 'CloudFrontPrefixList' | `Zone${number}`): string {
  const stack = Stack.of(scope);
  const regionMap = stack.node.tryFindChild('Regions') ?? new CfnMapping(stack, 'Regions', { mapping });
  return (regionMap as CfnMapping).findInMap(Aws.REGION, property);
}
