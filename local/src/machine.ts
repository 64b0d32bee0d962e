/** What the templates are made into on this machine; the handlers of resources add their parts to it. */
import type { Balancer } from './balancer.ts';
import type { DatabaseServer } from './database.ts';
import type { Identities } from './identities.ts';
import type { LambdaFunction } from './lambda.ts';
import type { Logs } from './logs.ts';
import type { Run } from './run.ts';
import type { Service } from './service.ts';
import type { ContainerProcess } from './task.ts';
import type { Assembly } from './template/assembly.ts';
import type { PresentResource } from './template/execute.ts';

export interface Machine {
  projectRoot: string;
  /** Where the load balancer listens. */
  port: number;
  /** What was executed last. */
  assembly: Assembly;
  /** What has been made of it, by stack and logical id. */
  resources: Map<string, PresentResource>;
  run: Run;
  logs: Logs;
  /** Starting while the templates are synthesized; whoever needs it waits. */
  database: Promise<DatabaseServer>;
  balancer: Balancer;
  identities: Identities;
  /** How many tasks a service is to have, where not as many as its template says. */
  taskCounts: Record<string, number>;
  /** By ARN. */
  taskDefinitions: Map<string, ContainerProcess>;
  /** By ARN; the code's folder is missing where CDK brings the code from elsewhere. */
  functions: Map<string, Omit<LambdaFunction, 'directory'> & { directory: string | undefined; invokers: Set<string> }>;
  /** By ARN. */
  services: Map<string, Service>;
}
