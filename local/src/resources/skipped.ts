/** The resource types that the local run skips, in groups with the reason. */
const skipped: { reason: string; types: string[] }[] = [
  {
    reason: 'everything runs on one machine, on loopback: there is no network to configure',
    types: [
      'AWS::EC2::EIP',
      'AWS::EC2::FlowLog',
      'AWS::EC2::Instance',
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
      'AWS::IAM::InstanceProfile',
      'AWS::RDS::DBSubnetGroup',
      'Custom::VpcRestrictDefaultSG',
    ],
  },
  {
    reason: 'it is between the internet and the load balancer, which listens on loopback only, without TLS',
    types: [
      'AWS::CertificateManager::Certificate',
      'AWS::CloudFront::Distribution',
      'AWS::CloudFront::VpcOrigin',
      'AWS::ElasticLoadBalancingV2::ListenerCertificate',
      'AWS::Route53::RecordSet',
      'AWS::WAFv2::IPSet',
      'AWS::WAFv2::LoggingConfiguration',
      'AWS::WAFv2::WebACLAssociation',
    ],
  },
  {
    reason: 'it requires TLS, which loopback needs not',
    types: ['AWS::S3::BucketPolicy'],
  },
  {
    reason: 'the number of tasks does not depend on the load',
    types: ['AWS::ApplicationAutoScaling::ScalingPolicy'],
  },
  {
    reason: 'logs are written to the terminal, and there are no alarms',
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
    reason: 'a cluster only groups services',
    types: ['AWS::ECS::Cluster', 'AWS::ECS::ClusterCapacityProviderAssociations'],
  },
  {
    reason: 'its parameters are specific to RDS (such as rds.force_ssl) and unknown to PostgreSQL',
    types: ['AWS::RDS::DBClusterParameterGroup', 'AWS::RDS::DBParameterGroup'],
  },
  {
    reason: 'it records the library versions of the template',
    types: ['AWS::CDK::Metadata'],
  },
];

/** Why a resource type is skipped; undefined if it is not. */
export function skipReason(type: string): string | undefined {
  return skipped.find(({ types }) => types.includes(type))?.reason;
}
