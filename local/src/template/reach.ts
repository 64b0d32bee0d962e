import type { ResourceDefinition, Stack, Template } from './assembly.ts';

/** The AWS services with an endpoint on this machine, by the last part of the name of their interface endpoint. */
const localEndpoints = ['secretsmanager'];

interface Reference {
  Ref?: string;
}

/**
 * Checks that tasks and functions in the network could call the AWS services that have an endpoint on this machine.
 * @throws if a subnet has neither a route to a NAT nor an interface endpoint of a service: locally the calls would succeed, in AWS they would not.
 */
export function assertReach({ name, template }: Stack): void {
  for (const [logicalId, definition] of Object.entries(template.Resources ?? {})) {
    const isolated = subnetsOf(definition).find((subnet) => !hasNat(subnet, template));
    const missing = localEndpoints.find((service) => !hasEndpoint(service, template));
    if (isolated === undefined || missing === undefined) continue;
    throw new Error(
      `${name}: ${logicalId} could not reach ${missing} in AWS. Its subnet ${isolated} has no route to a NAT, and there is no interface endpoint for ${missing}.`,
    );
  }
}

/** The logical ids of the subnets of a service or function. */
function subnetsOf({ Type, Properties = {} }: ResourceDefinition): string[] {
  const { NetworkConfiguration, VpcConfig } = Properties as {
    NetworkConfiguration?: { AwsvpcConfiguration?: { Subnets?: Reference[] } };
    VpcConfig?: { SubnetIds?: Reference[] };
  };
  const subnets: Record<string, Reference[] | undefined> = {
    'AWS::ECS::Service': NetworkConfiguration?.AwsvpcConfiguration?.Subnets,
    'AWS::Lambda::Function': VpcConfig?.SubnetIds,
  };
  return (subnets[Type] ?? []).flatMap(({ Ref }) => Ref ?? []);
}

function hasEndpoint(service: string, template: Template): boolean {
  return propertiesOf('AWS::EC2::VPCEndpoint', template).some(
    ({ VpcEndpointType, ServiceName }) =>
      VpcEndpointType === 'Interface' && JSON.stringify(ServiceName).includes(`.${service}"`),
  );
}

function hasNat(subnet: string, template: Template): boolean {
  const routeTables = propertiesOf('AWS::EC2::SubnetRouteTableAssociation', template)
    .filter(({ SubnetId }) => (SubnetId as Reference).Ref === subnet)
    .map(({ RouteTableId }) => (RouteTableId as Reference).Ref);
  return propertiesOf('AWS::EC2::Route', template).some(
    ({ RouteTableId, DestinationCidrBlock, NatGatewayId, InstanceId }) =>
      routeTables.includes((RouteTableId as Reference).Ref) &&
      DestinationCidrBlock === '0.0.0.0/0' &&
      (NatGatewayId ?? InstanceId) !== undefined,
  );
}

function propertiesOf(type: string, { Resources = {} }: Template): Record<string, unknown>[] {
  return Object.values(Resources).flatMap(({ Type, Properties = {} }) => (Type === type ? [Properties] : []));
}
