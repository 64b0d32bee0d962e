import type { Balancer } from './balancer.ts';
import type { DatabaseServer } from './database.ts';
import type { Identities } from './identities.ts';
import type { LambdaFunction } from './lambda.ts';
import type { Logs } from './logs.ts';
import type { Run } from './run.ts';
import type { Service } from './service.ts';
import type { ContainerProcess } from './task.ts';
import type { Assembly } from './template/assembly.ts';
import type { PresentResource } from './template/resource.ts';

/** The local system while templates are executed: the handlers of resources read it and add their parts to it. */
export interface ExecutionContext {
  projectRoot: string;
  /** Where the load balancer listens. */
  port: number;
  /** The templates executed last. */
  assembly: Assembly;
  /** The resources made from it, by stack and logical id. */
  resources: Map<string, PresentResource>;
  run: Run;
  logs: Logs;
  /** It starts while the templates are synthesized; handlers that need it wait. */
  database: Promise<DatabaseServer>;
  balancer: Balancer;
  identities: Identities;
  /** Numbers of tasks that replace those of the template, by service. */
  taskCounts: Record<string, number>;
  /** By ARN. */
  taskDefinitions: Map<string, ContainerProcess>;
  /** By ARN. The code's folder is undefined if the code is not in the assembly. */
  functions: Map<string, Omit<LambdaFunction, 'directory'> & { directory: string | undefined; invokers: Set<string> }>;
  /** By ARN. */
  services: Map<string, Service>;
  /** The event that triggers send to their functions: empty, except for a command to the migrator. */
  triggerEvent: object;
}
