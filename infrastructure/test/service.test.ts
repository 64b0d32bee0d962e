import { describe, expect, test } from 'vitest';
import { domain, resource, resources, synthesize, type Value, variants } from './synthesize.ts';

const demo = synthesize({ stage: 'demo' });
const production = synthesize({ stage: 'production', entry: 'cloudfront' });
const withDomain = synthesize({ stage: 'production', ...domain() });

describe.each([
  { id: 'Analytical', name: 'analytical', port: 8000 },
  { id: 'Reporting', name: 'reporting', port: 8080 },
])('$name', ({ id, port }) => {
  const task = resource(demo, 'AWS::ECS::TaskDefinition', id).properties;
  const [container] = task.ContainerDefinitions;

  test('gets addresses and names in its environment, and no secret', () => {
    const database = resource(demo, 'AWS::RDS::DBInstance').id;
    expect(Object.fromEntries(container.Environment.map((v: Value) => [v.Name, v.Value]))).toEqual({
      PORT: String(port),
      DATABASE_HOST: { 'Fn::GetAtt': [database, 'Endpoint.Address'] },
      DATABASE_PORT: { 'Fn::GetAtt': [database, 'Endpoint.Port'] },
      DATABASE_NAME: 'property_insights',
      DATABASE_SECRET_ARN: { Ref: resource(demo, 'AWS::SecretsManager::Secret', `${id}Login`).id },
      DATA_DIRECTORY: '/data',
      READ_ACCESS: 'open',
      ALLOWED_HOSTS: { 'Fn::GetAtt': [resource(demo, 'AWS::CloudFront::Distribution').id, 'DomainName'] },
      CLIENT_ADDRESS_HEADER: 'x-client-address',
      LOG_LEVEL: 'info',
      METRICS_NAMESPACE: 'property-insights-demo',
      ...(id === 'Reporting' && { REPORTS_BUCKET: { Ref: resource(demo, 'AWS::S3::Bucket', 'ReportStorage').id } }),
    });
    expect(container.PortMappings).toEqual([{ ContainerPort: port, Protocol: 'tcp' }]);
  });

  test('answers for the name of its entry only, and believes a client address from CloudFront only', () => {
    const variableOf = (template: typeof demo, name: string) =>
      resource(template, 'AWS::ECS::TaskDefinition', id).properties.ContainerDefinitions[0].Environment.find(
        (variable: Value) => variable.Name === name,
      )?.Value;
    const distribution = resource(production, 'AWS::CloudFront::Distribution').id;
    expect(variableOf(production, 'ALLOWED_HOSTS')).toEqual({ 'Fn::GetAtt': [distribution, 'DomainName'] });
    expect(variableOf(production, 'CLIENT_ADDRESS_HEADER')).toBe('x-client-address');
    expect(variableOf(withDomain, 'ALLOWED_HOSTS')).toBe('insights.example.com');
    const byHttp = synthesize({ stage: 'demo', entry: 'http' });
    for (const template of [byHttp, withDomain]) expect(variableOf(template, 'CLIENT_ADDRESS_HEADER')).toBeUndefined();
  });

  test('writes to its one volume only, and not as root', () => {
    expect(container.ReadonlyRootFilesystem).toBe(true);
    expect(container.User).toBe('node');
    expect(task.Volumes).toEqual([{ Name: 'data' }]);
    expect(container.MountPoints).toEqual([{ SourceVolume: 'data', ContainerPath: '/data', ReadOnly: false }]);
  });

  test('has no Linux capabilities', () => {
    expect(container.LinuxParameters.Capabilities).toEqual({ Drop: ['ALL'] });
    expect(container.Privileged).toBeUndefined();
  });

  test('has the memory of its task as its own limit', () => {
    for (const template of [demo, production]) {
      const { Memory, ContainerDefinitions } = resource(template, 'AWS::ECS::TaskDefinition', id).properties;
      expect(ContainerDefinitions.map((each: Value) => String(each.Memory))).toEqual([Memory]);
    }
  });

  test('is built and run for ARM64', () => {
    expect(task.RuntimePlatform).toEqual({ CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' });
  });

  test('takes requests from the load balancer only', () => {
    const ingress = resources(demo, 'AWS::EC2::SecurityGroupIngress').filter((one) =>
      one.id.startsWith(`${id}SecurityGroup`),
    );
    expect(ingress.map(({ properties }) => [properties.FromPort, properties.ToPort])).toEqual([[port, port]]);
    expect(ingress[0]?.properties.SourceSecurityGroupId['Fn::GetAtt'][0]).toMatch(/^LoadBalancer/);
  });

  test.each([
    ['demo', demo],
    ['production', production],
  ])('is replaced without falling below its number, and goes back if it fails, in %s', (_, template) => {
    const service = resource(template, 'AWS::ECS::Service', id).properties;
    expect(service.DeploymentConfiguration).toMatchObject({
      DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      MinimumHealthyPercent: 100,
      MaximumPercent: 200,
    });
    expect(service.HealthCheckGracePeriodSeconds).toBe(120);
    expect(service.EnableExecuteCommand ?? false).toBe(false);
    expect(service.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp).toBe('DISABLED');
  });

  test('is one task in the demo, and scales from two in production, where a deployment leaves its number alone', () => {
    expect(resource(demo, 'AWS::ECS::Service', id).properties.DesiredCount).toBe(1);
    expect(resources(demo, 'AWS::ApplicationAutoScaling::ScalableTarget')).toEqual([]);
    expect(resource(production, 'AWS::ECS::Service', id).properties.DesiredCount).toBeUndefined();
    expect(resource(production, 'AWS::ApplicationAutoScaling::ScalableTarget', id).properties.MinCapacity).toBe(2);
    const policies = resources(production, 'AWS::ApplicationAutoScaling::ScalingPolicy').filter((one) =>
      one.id.startsWith(id),
    );
    expect(
      policies.map(
        ({ properties }) =>
          properties.TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification.PredefinedMetricType,
      ),
    ).toEqual(['ECSServiceAverageCPUUtilization', 'ECSServiceAverageMemoryUtilization', 'ALBRequestCountPerTarget']);
  });
});

describe.each(Object.entries(variants))('%s', (_, options) => {
  const template = synthesize(options);
  const rightsOf = (role: Value) => {
    const { id, properties } = resource(template, 'AWS::IAM::Role', role['Fn::GetAtt'][0]);
    expect(Object.keys(properties)).toEqual(['AssumeRolePolicyDocument']);
    return resources(template, 'AWS::IAM::Policy')
      .filter((policy) => policy.properties.Roles.some(({ Ref }: Value) => Ref === id))
      .flatMap((policy) => policy.properties.PolicyDocument.Statement)
      .map(({ Effect, Action, Resource }: Value) => ({ Effect, Action, Resource }));
  };

  const bucket = resource(template, 'AWS::S3::Bucket', 'ReportStorage').id;
  const ofReports = [
    {
      Effect: 'Allow',
      Action: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
      Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [bucket, 'Arn'] }, '/*']] },
    },
    ...(options.mailFrom
      ? [{ Effect: 'Allow', Action: ['ses:SendEmail', 'ses:SendRawEmail'], Resource: expect.anything() }]
      : []),
  ];

  test.each(['Analytical', 'Reporting'])(
    'lets %s read its own login, reporting write its reports and send them, and nothing else',
    (id) => {
      expect(rightsOf(resource(template, 'AWS::ECS::TaskDefinition', id).properties.TaskRoleArn)).toEqual([
        {
          Effect: 'Allow',
          Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
          Resource: { Ref: resource(template, 'AWS::SecretsManager::Secret', `${id}Login`).id },
        },
        ...(options.tracing
          ? [{ Effect: 'Allow', Action: ['xray:PutSpans', 'xray:PutSpansForIndexing'], Resource: '*' }]
          : []),
        ...(id === 'Reporting' ? ofReports : []),
      ]);
    },
  );

  test.each(['Analytical', 'Reporting'])('starts %s with access to only its image and its log', (id) => {
    const { ExecutionRoleArn, ContainerDefinitions } = resource(template, 'AWS::ECS::TaskDefinition', id).properties;
    const [pull, authorize, log, ...others] = rightsOf(ExecutionRoleArn);
    expect(others).toEqual([]);
    expect(pull?.Action).toEqual([
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:GetDownloadUrlForLayer',
    ]);
    const plain = (text: string) => text.replaceAll(/[$][{]([^}]+)[}]/g, '$1');
    const arn = pull?.Resource['Fn::Join'][1].map((part: Value) => part.Ref ?? part['Fn::Sub'] ?? part).join('');
    const repository = 'cdk-hnb659fds-container-assets-AWS::AccountId-AWS::Region';
    expect(plain(arn)).toBe(`arn:AWS::Partition:ecr:AWS::Region:AWS::AccountId:repository/${repository}`);
    expect(plain(ContainerDefinitions[0].Image['Fn::Sub'])).toContain(`/${repository}:`);
    expect([authorize?.Action, authorize?.Resource]).toEqual(['ecr:GetAuthorizationToken', '*']);
    expect(log?.Action).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
    const group = ContainerDefinitions[0].LogConfiguration.Options['awslogs-group'].Ref;
    expect(log?.Resource).toEqual({ 'Fn::GetAtt': [group, 'Arn'] });
    expect(group).toMatch(new RegExp(`^${id}Logs`));
  });
});

test('A capacity provider outlives the services that run on it', () => {
  const provider = resource(demo, 'AWS::ECS::ClusterCapacityProviderAssociations').id;
  for (const { dependsOn } of resources(demo, 'AWS::ECS::Service')) expect(dependsOn).toContain(provider);
});

describe('With traces', () => {
  const traced = synthesize({ stage: 'demo', tracing: 'xray' });
  const rightsOf = (template: typeof demo, id: string) =>
    resources(template, 'AWS::IAM::Policy')
      .filter((policy) => policy.id.startsWith(`${id}TaskTaskRole`))
      .flatMap(({ properties }) => properties.PolicyDocument.Statement.flatMap(({ Action }: Value) => Action));

  test.each(['Analytical', 'Reporting'])('%s gets the address for its X-Ray spans, and may put them there', (id) => {
    const [{ Environment }] = resource(traced, 'AWS::ECS::TaskDefinition', id).properties.ContainerDefinitions;
    expect(Environment).toContainEqual({
      Name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
      Value: { 'Fn::Join': ['', ['https://xray.', { Ref: 'AWS::Region' }, '.amazonaws.com/v1/traces']] },
    });
    expect(Environment).toContainEqual({ Name: 'OTEL_TRACES_SAMPLER_ARG', Value: '0.05' });
    expect(rightsOf(traced, id)).toEqual(expect.arrayContaining(['xray:PutSpans', 'xray:PutSpansForIndexing']));
  });

  test('a network without egress has an endpoint of X-Ray', () => {
    const endpoints = (template: typeof demo) =>
      resources(template, 'AWS::EC2::VPCEndpoint').map(({ properties }) => JSON.stringify(properties.ServiceName));
    const all = synthesize(variants['production on Aurora, traced'] ?? {});
    expect(endpoints(all)).toContainEqual(expect.stringContaining('.xray'));
    expect(endpoints(production)).not.toContainEqual(expect.stringContaining('.xray'));
  });

  test('without them, the template has nothing of X-Ray', () => {
    for (const template of [demo, production]) expect(JSON.stringify(template.toJSON())).not.toMatch(/xray|OTEL/i);
  });
});

test('Both services get the configured read access', () => {
  const closed = synthesize({ stage: 'demo', readAccess: 'token' });
  for (const { properties } of resources(closed, 'AWS::ECS::TaskDefinition')) {
    expect(properties.ContainerDefinitions[0].Environment).toContainEqual({ Name: 'READ_ACCESS', Value: 'token' });
  }
});
