import { InterfaceVpcEndpointAwsService } from 'aws-cdk-lib/aws-ec2';

const pull = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

/** The AWS services that tasks and the database's functions call: for images (their layers come from S3, by the gateway endpoint), logins and logs. */
export const calledServices = {
  EcrApi: { service: InterfaceVpcEndpointAwsService.ECR, actions: ['ecr:GetAuthorizationToken', ...pull] },
  EcrDocker: { service: InterfaceVpcEndpointAwsService.ECR_DOCKER, actions: pull },
  Logs: {
    service: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  },
  SecretsManager: {
    service: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
    actions: [
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
      'secretsmanager:PutSecretValue',
      'secretsmanager:UpdateSecretVersionStage',
    ],
  },
};

/** The AWS services that only some features call. By name in the option `endpoints`. */
export const optionalEndpoints = {
  xray: {
    id: 'XRay',
    title: 'X-Ray',
    service: InterfaceVpcEndpointAwsService.XRAY,
    actions: ['xray:PutSpans', 'xray:PutSpansForIndexing'],
  },
  ses: {
    id: 'Ses',
    title: 'SES',
    service: InterfaceVpcEndpointAwsService.EMAIL,
    actions: ['ses:SendEmail', 'ses:SendRawEmail'],
  },
};

export type OptionalEndpoint = keyof typeof optionalEndpoints;
