import { Fn, Stack } from 'aws-cdk-lib';
import { IpAddresses, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { Stage } from './stages.ts';

/** The virtual network: the load balancer stands in the public subnets, everything else in the private ones. */
export class Network extends Construct {
  readonly vpc: Vpc;

  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id);
    const { region } = Stack.of(this);
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.0.0.0/16'),
      // Named by position, since a template for any account and region cannot look their names up.
      availabilityZones: Array.from({ length: stage.zones }, (_, zone) => Fn.select(zone, Fn.getAzs(region))),
      natGateways: stage.natGateways,
      // The default would need a custom resource; nothing is ever put into the default security group.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        { name: 'Private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
      ],
    });
  }
}
