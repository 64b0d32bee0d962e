import type { ResourceHandler } from './handler.ts';
import { makeDatabase } from './rds-database.ts';

/** An instance that stands alone is the embedded server; one of a cluster is the cluster's, which is that server already. */
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
      throw new Error(`A database instance is run locally with the engine postgres only, not ${Engine}.`);
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
