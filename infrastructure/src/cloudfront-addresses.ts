import { Aws, CfnMapping } from 'aws-cdk-lib';
import { type IPeer, Peer } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

/**
 * The prefix list `com.amazonaws.global.cloudfront.origin-facing`, by region; AWS maintains its content. For another region:
 * `aws ec2 describe-managed-prefix-lists --filters Name=prefix-list-name,Values=com.amazonaws.global.cloudfront.origin-facing`.
 */
const prefixLists = {
  'ap-east-1': 'pl-14b2577d',
  'ap-northeast-1': 'pl-58a04531',
  'ap-northeast-2': 'pl-22a6434b',
  'ap-south-1': 'pl-9aa247f3',
  'ap-southeast-1': 'pl-31a34658',
  'ap-southeast-2': 'pl-b8a742d1',
  'ca-central-1': 'pl-38a64351',
  'eu-central-1': 'pl-a3a144ca',
  'eu-north-1': 'pl-fab65393',
  'eu-west-1': 'pl-4fa04526',
  'eu-west-2': 'pl-93a247fa',
  'eu-west-3': 'pl-75b1541c',
  'sa-east-1': 'pl-5da64334',
  'us-east-1': 'pl-3b927c52',
  'us-east-2': 'pl-b6a144df',
  'us-west-1': 'pl-4ea04527',
  'us-west-2': 'pl-82a045eb',
};

/**
 * The addresses from which CloudFront connects to an origin, including a private one. (The security group of its network interfaces would be
 * narrower, but is created with the first origin and would have to be looked up afterwards.) In a region without an entry, CloudFormation rejects
 * the template before it creates anything.
 */
export function cloudFrontAddresses(scope: Construct): IPeer {
  const mapping = Object.fromEntries(Object.entries(prefixLists).map(([region, id]) => [region, { PrefixList: id }]));
  return Peer.prefixList(new CfnMapping(scope, 'CloudFrontAddresses', { mapping }).findInMap(Aws.REGION, 'PrefixList'));
}
