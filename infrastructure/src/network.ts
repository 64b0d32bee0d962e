import { Fn, Stack } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  type IConnectable,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { logGroup } from './logs.ts';
import type { Stage } from './stages.ts';

/** Private addresses, 65,536 of them. */
export const NETWORK_CIDR = '10.0.0.0/16';

/** What tasks and the migrator call: their image, its layers (from S3, by the gateway endpoint), their secret, their logs. */
const calledServices = {
  EcrApi: InterfaceVpcEndpointAwsService.ECR,
  EcrDocker: InterfaceVpcEndpointAwsService.ECR_DOCKER,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
};

/** The virtual network: a load balancer on the internet stands in the public subnets, everything else in the private ones. */
export class Network extends Construct {
  readonly vpc: Vpc;
  readonly privateSubnets: SubnetSelection;
  /** Of the interface endpoints, where the stage has them. */
  private readonly endpoints?: SecurityGroup;

  constructor(scope: Construct, id: string, { stage, tracing }: { stage: Stage; tracing: boolean }) {
    super(scope, id);
    const natGateways = { 'nat-gateway': 1, 'nat-gateway-per-zone': stage.zones, 'interface-endpoints': 0 }[
      stage.egress
    ];
    this.privateSubnets = {
      subnetType: natGateways > 0 ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PRIVATE_ISOLATED,
    };
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(NETWORK_CIDR),
      // Named by position, since a template for any account and region cannot look their names up.
      availabilityZones: Array.from({ length: stage.zones }, (_, zone) =>
        Fn.select(zone, Fn.getAzs(Stack.of(this).region)),
      ),
      natGateways,
      // To empty it would need a custom resource; nothing is ever put into the default security group.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        {
          name: 'Private',
          ...this.privateSubnets,
          subnetType: this.privateSubnets.subnetType as SubnetType,
          cidrMask: 20,
        },
      ],
      // Costs nothing, and keeps the images' layers off the NAT gateway.
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
      flowLogs: { FlowLog: { destination: FlowLogDestination.toCloudWatchLogs(logGroup(this, 'FlowLogs', stage)) } },
    });
    if (natGateways === 0) {
      this.endpoints = new SecurityGroup(this, 'EndpointSecurityGroup', {
        vpc: this.vpc,
        description: 'Property Insights interface endpoints',
        allowAllOutbound: false,
      });
      const called = { ...calledServices, ...(tracing && { XRay: InterfaceVpcEndpointAwsService.XRAY }) };
      for (const [name, service] of Object.entries(called)) {
        this.vpc.addInterfaceEndpoint(name, { service, open: false, securityGroups: [this.endpoints] });
      }
    }
  }

  /** Lets `peer` call AWS. Its rule names no peer: S3's addresses are many, and without a NAT gateway no route leads elsewhere. */
  allowToAws(peer: IConnectable): void {
    peer.connections.allowTo(Peer.anyIpv4(), Port.HTTPS, 'AWS: images, secrets, logs');
    this.endpoints?.connections.allowFrom(peer, Port.HTTPS, 'AWS: images, secrets, logs');
  }
}
