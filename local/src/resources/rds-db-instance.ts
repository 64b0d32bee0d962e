import type { ResourceHandler } from './handler.ts';
import { makeDatabase } from './rds-database.ts';

/** The embedded server. An instance of a cluster is the server of the cluster. */
export const dbInstance: ResourceHandler = {
  type: 'AWS::RDS::DBInstance',
  async make({ logicalId, properties, stack }, context) {
    const { Engine, EngineVersion, DBName, MasterUsername, ManageMasterUserPassword, DBClusterIdentifier } = properties;
    const identifier = logicalId.toLowerCase();
    const attributes = { DBInstanceArn: `arn:aws:rds:${stack.region}:${stack.account}:db:${identifier}` };
    if (DBClusterIdentifier !== undefined) {
      const { host, port } = await context.database;
      return {
        ref: identifier,
        attributes: { ...attributes, 'Endpoint.Address': host, 'Endpoint.Port': String(port) },
      };
    }
    if (Engine !== 'postgres') {
      throw new Error(`The local run supports database instances with the engine postgres only, not ${Engine}.`);
    }
    const { host, port, masterSecretArn } = await makeDatabase(
      `db-${identifier}`,
      {
        engineVersion: EngineVersion,
        name: DBName,
        masterUsername: MasterUsername,
        manageMasterUserPassword: ManageMasterUserPassword,
      },
      context,
    );
    return {
      ref: identifier,
      attributes: {
        ...attributes,
        'Endpoint.Address': host,
        'Endpoint.Port': port,
        'MasterUserSecret.SecretArn': masterSecretArn,
      },
    };
  },
};
