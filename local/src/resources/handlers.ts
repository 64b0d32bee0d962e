/** All resource types that are executed. Each has its own file in this folder. */

import { scalableTarget } from './application-auto-scaling-target.ts';
import { cloudFrontFunction } from './cloudfront-function.ts';
import { trigger } from './custom-trigger.ts';
import { service } from './ecs-service.ts';
import { taskDefinition } from './ecs-task-definition.ts';
import { listener } from './elbv2-listener.ts';
import { listenerRule } from './elbv2-listener-rule.ts';
import { loadBalancer } from './elbv2-load-balancer.ts';
import { targetGroup } from './elbv2-target-group.ts';
import type { ResourceHandler } from './handler.ts';
import { policy } from './iam-policy.ts';
import { role } from './iam-role.ts';
import { lambdaFunction } from './lambda-function.ts';
import { lambdaPermission } from './lambda-permission.ts';
import { lambdaVersion } from './lambda-version.ts';
import { dbCluster } from './rds-db-cluster.ts';
import { dbInstance } from './rds-db-instance.ts';
import { bucket } from './s3-bucket.ts';
import { rotationSchedule } from './secretsmanager-rotation-schedule.ts';
import { secret } from './secretsmanager-secret.ts';
import { emailIdentity } from './ses-email-identity.ts';
import { webAcl } from './wafv2-web-acl.ts';

export const handlers: ResourceHandler[] = [
  bucket,
  cloudFrontFunction,
  dbCluster,
  dbInstance,
  emailIdentity,
  lambdaFunction,
  lambdaPermission,
  lambdaVersion,
  listener,
  listenerRule,
  loadBalancer,
  policy,
  role,
  rotationSchedule,
  scalableTarget,
  secret,
  service,
  targetGroup,
  taskDefinition,
  trigger,
  webAcl,
];
