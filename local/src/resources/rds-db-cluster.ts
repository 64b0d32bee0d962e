import type { ResourceHandler } from './handler.ts';
import { makeDatabase } from './rds-database.ts';

/** The embedded server is both writer and reader: both endpoints lead to it, and there is no replication lag. */
export const dbCluster: ResourceHandler = {
  type: 'AWS::RDS::DBCluster',
  async make({ logicalId, properties, stack }, context) {
    const { Engine, EngineVersion, DatabaseName, MasterUsername, ManageMasterUserPassword } = properties;
    if (Engine !== 'aurora-postgresql') {
      throw new Error(
        `The local run supports database clusters with the engine aurora-postgresql only, not ${Engine}.`,
      );
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
