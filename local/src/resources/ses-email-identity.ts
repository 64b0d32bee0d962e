import type { ResourceHandler } from './handler.ts';

/** What is sent from the address becomes a file of the data directory. */
export const emailIdentity: ResourceHandler = {
  type: 'AWS::SES::EmailIdentity',
  make({ properties, stack }, { identities }) {
    const name = String(properties.EmailIdentity);
    identities.addMailIdentity(name, `arn:aws:ses:${stack.region}:${stack.account}:identity/${name}`);
    return { ref: name };
  },
};
