/** The resource types that one machine does without, each group with its reason. */
const skipped: { reason: string; types: string[] }[] = [
  {
    reason: 'everything runs on one machine, on loopback: there is no network to build or to fence off',
    types: [
      'AWS::EC2::EIP',
      'AWS::EC2::FlowLog',
      'AWS::EC2::InternetGateway',
      'AWS::EC2::NatGateway',
      'AWS::EC2::Route',
      'AWS::EC2::RouteTable',
      'AWS::EC2::SecurityGroup',
      'AWS::EC2::SecurityGroupEgress',
      'AWS::EC2::SecurityGroupIngress',
      'AWS::EC2::Subnet',
      'AWS::EC2::SubnetRouteTableAssociation',
      'AWS::EC2::VPC',
      'AWS::EC2::VPCEndpoint',
      'AWS::EC2::VPCGatewayAttachment',
      'AWS::RDS::DBSubnetGroup',
      'Custom::VpcRestrictDefaultSG',
    ],
  },
  {
    reason: 'it stands between the internet and the load balancer, which listens on loopback only, without TLS',
    types: [
      'AWS::CertificateManager::Certificate',
      'AWS::CloudFront::Distribution',
      'AWS::CloudFront::Function',
      'AWS::CloudFront::VpcOrigin',
      'AWS::ElasticLoadBalancingV2::ListenerCertificate',
      'AWS::Route53::RecordSet',
      'AWS::WAFv2::LoggingConfiguration',
      'AWS::WAFv2::WebACL',
      'AWS::WAFv2::WebACLAssociation',
    ],
  },
  {
    reason: 'the buckets keep nothing but access logs, which go to the terminal here',
    types: ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy'],
  },
  {
    reason: 'the number of tasks does not follow the load of one machine',
    types: ['AWS::ApplicationAutoScaling::ScalingPolicy'],
  },
  {
    reason: 'logs go to the terminal, and nobody is to be alarmed',
    types: [
      'AWS::Budgets::Budget',
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::CompositeAlarm',
      'AWS::CloudWatch::Dashboard',
      'AWS::Logs::LogGroup',
      'AWS::Logs::MetricFilter',
      'AWS::SNS::Subscription',
      'AWS::SNS::Topic',
      'AWS::SNS::TopicPolicy',
    ],
  },
  {
    reason: 'a cluster only groups services, and this machine is the only capacity',
    types: ['AWS::ECS::Cluster', 'AWS::ECS::ClusterCapacityProviderAssociations'],
  },
  {
    reason: "its parameters are RDS's own (such as rds.force_ssl), which PostgreSQL itself doesn't know",
    types: ['AWS::RDS::DBClusterParameterGroup', 'AWS::RDS::DBParameterGroup'],
  },
  {
    reason: 'it notes which library versions made the template',
    types: ['AWS::CDK::Metadata'],
  },
];

/** Why a resource type is skipped; undefined when it isn't. */
export function skipReason(type: string): string | undefined {
  return skipped.find(({ types }) => types.includes(type))?.reason;
}
