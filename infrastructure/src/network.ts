import { Stack, Validations } from 'aws-cdk-lib';
import {
  type CfnInstance,
  type CfnSubnet,
  CpuCredits,
  FlowLogDestination,
  type GatewayVpcEndpoint,
  GatewayVpcEndpointAwsService,
  type IConnectable,
  InstanceType,
  IpAddresses,
  type NatInstanceProviderV2,
  NatProvider,
  NatTrafficDirection,
  Peer,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { calledServices, optionalEndpoints } from './endpoints.ts';
import { logGroup } from './logs.ts';
import { ofRegion } from './regions.ts';
import type { Stage } from './stages.ts';

/** Private addresses, 65,536 of them. */
const NETWORK_CIDR = '10.0.0.0/16';

/** The smallest instance with the CPU of the tasks. Its baseline of 32 Mbit/s is that of its price; it may use 5 Gbit/s for minutes. */
const NAT_INSTANCE_TYPE = 't4g.nano';

/** The virtual network: a public load balancer is in the public subnets, everything else in the private ones. */
export class Network extends Construct {
  readonly vpc: Vpc;
  readonly privateSubnets: SubnetSelection;
  /** The security group of the interface endpoints, if the stage has them. */
  private readonly endpoints?: SecurityGroup;
  private readonly s3: GatewayVpcEndpoint;

  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id);
    const natGateways = {
      'nat-instance': 1,
      'nat-gateway': 1,
      'nat-gateway-per-zone': stage.zones,
      'interface-endpoints': 0,
    }[stage.egress];
    const natInstance =
      stage.egress === 'nat-instance'
        ? NatProvider.instanceV2({
            instanceType: new InstanceType(NAT_INSTANCE_TYPE),
            associatePublicIpAddress: true,
            defaultAllowedTraffic: NatTrafficDirection.NONE,
            creditSpecification: CpuCredits.STANDARD,
          })
        : undefined;
    this.privateSubnets = {
      subnetType: natGateways > 0 ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PRIVATE_ISOLATED,
    };
    const zones = Array.from({ length: stage.zones }, (_, zone) => ofRegion(this, `Zone${zone + 1}`));
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(NETWORK_CIDR),
      availabilityZones: zones,
      natGateways,
      natGatewayProvider: natInstance,
      // Restricting it requires a custom resource, and the default security group is not used.
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
      flowLogs: { FlowLog: { destination: FlowLogDestination.toCloudWatchLogs(logGroup(this, 'FlowLogs', stage)) } },
    });
    this.selectZonesById(zones);
    this.s3 = this.reachImageLayers();
    if (natInstance) this.secure(natInstance);
    if (natGateways === 0) {
      this.endpoints = new SecurityGroup(this, 'EndpointSecurityGroup', {
        vpc: this.vpc,
        description: 'Property Insights interface endpoints',
        allowAllOutbound: false,
      });
      const optional = stage.endpoints.map((name) => [optionalEndpoints[name].id, optionalEndpoints[name]] as const);
      for (const [name, { service, actions }] of [...Object.entries(calledServices), ...optional]) {
        const endpoint = this.vpc.addInterfaceEndpoint(name, {
          service,
          open: false,
          securityGroups: [this.endpoints],
        });
        // Roles define the permissions; this prevents the use of another account's credentials to take data out.
        endpoint.addToPolicy(
          new PolicyStatement({
            principals: [new AnyPrincipal()],
            actions,
            resources: ['*'],
            conditions: { StringEquals: { 'aws:PrincipalAccount': Stack.of(this).account } },
          }),
        );
      }
    }
  }

  /** The library's instance forwards for the whole network. It is reached by no one else, and administered by replacing it. */
  private secure(provider: NatInstanceProviderV2): void {
    provider.connections.allowFrom(Peer.ipv4(NETWORK_CIDR), Port.HTTPS, 'Tasks and functions');
    provider.connections.allowTo(Peer.anyIpv4(), Port.HTTPS, 'What tasks and functions call');
    for (const instance of provider.gatewayInstances) {
      const resource = instance.node.defaultChild as CfnInstance;
      resource.metadataOptions = { httpTokens: 'required' };
      resource.blockDeviceMappings = [{ deviceName: '/dev/xvda', ebs: { encrypted: true, volumeType: 'gp3' } }];
      // It installs a package when it starts, so the route to the internet must exist.
      instance.node.addDependency(
        ...this.vpc.publicSubnets.map(({ internetConnectivityEstablished }) => internetConnectivityEstablished),
      );
      Validations.of(instance).acknowledge(
        { id: 'AwsSolutions-EC28', reason: 'Metrics of every minute cost more than a third of the instance.' },
        { id: 'AwsSolutions-EC29', reason: 'It has no state, and is replaced when a newer image is published.' },
      );
    }
  }

  /** The library selects zones by name, whose letter differs by account. */
  private selectZonesById(zones: string[]): void {
    for (const subnets of [this.vpc.publicSubnets, this.vpc.selectSubnets(this.privateSubnets).subnets]) {
      for (const [index, subnet] of subnets.entries()) {
        const resource = subnet.node.defaultChild as CfnSubnet;
        resource.availabilityZone = undefined;
        resource.availabilityZoneId = zones[index];
      }
    }
  }

  /**
   * The connection to S3, for the layers of images, which ECR stores in its own bucket and serves by signed addresses, and for the buckets that
   * `allowToBucket` adds. It is free, and avoids the NAT gateway.
   */
  private reachImageLayers(): GatewayVpcEndpoint {
    const { region } = Stack.of(this);
    const endpoint = this.vpc.addGatewayEndpoint('S3', {
      service: GatewayVpcEndpointAwsService.S3,
      // Not the public ones: a NAT instance installs a package from another bucket.
      subnets: [this.privateSubnets],
    });
    endpoint.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['s3:GetObject'],
        resources: [
          Stack.of(this).formatArn({
            service: 's3',
            region: '',
            account: '',
            resource: `prod-${region}-starport-layer-bucket`,
            resourceName: '*',
          }),
        ],
      }),
    );
    return endpoint;
  }

  /** Lets requests to a bucket of ours through the connection to S3. Roles define who may send them. */
  allowToBucket(bucket: IBucket, actions: string[]): void {
    this.s3.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions,
        resources: [bucket.arnForObjects('*')],
        conditions: { StringEquals: { 'aws:PrincipalAccount': Stack.of(this).account } },
      }),
    );
  }

  /** Allows `peer` to call AWS. The rule allows all addresses: S3 has many, and without a NAT gateway there is no route to others. */
  allowToAws(peer: IConnectable): void {
    peer.connections.allowTo(Peer.anyIpv4(), Port.HTTPS, 'AWS: images, secrets, logs');
    this.endpoints?.connections.allowFrom(peer, Port.HTTPS, 'AWS: images, secrets, logs');
  }
}
