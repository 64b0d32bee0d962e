import type { ResourceHandler } from './handler.ts';
import { makeDatabase } from './rds-database.ts';

/** The one embedded server is writer and readers in one: both endpoints lead to it, and no reader is ever behind. */
export const dbCluster: ResourceHandler = {
  type: 'AWS::RDS::DBCluster',
  async make({ logicalId, properties, stack }, context) {
    const { Engine, EngineVersion, DatabaseName, MasterUsername, ManageMasterUserPassword } = properties;
    if (Engine !== 'aurora-postgresql') {
      throw new Error(`A database cluster is run locally with the engine aurora-postgresql only, not ${Engine}.`);
    }
    const identifier = logicalId.toLowerCase();
    const { host, port, masterSecretArn } = await makeDatabase(
      `cluster-${identifier}`,
      {
        engineVersion: EngineVersion,
        name: DatabaseName,
        masterUsername: MasterUsername,
        manageMasterUserPassword: ManageMasterUserPassword,
      },
      context,
    );
    return {
      ref: identifier,
      attributes: {
        'Endpoint.Address': host,
        'Endpoint.Port': port,
        'ReadEndpoint.Address': host,
        'MasterUserSecret.SecretArn': masterSecretArn,
        DBClusterArn: `arn:aws:rds:${stack.region}:${stack.account}:cluster:${identifier}`,
      },
    };
  },
};
