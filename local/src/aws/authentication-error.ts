/** Why a request is not that of a known caller. Each service of AWS has its own names for these reasons. */
export type AuthenticationFailure = 'missing' | 'unknown-key' | 'skewed' | 'mismatch';

const messages: Record<AuthenticationFailure, string> = {
  missing: 'Request is missing Authentication Token',
  'unknown-key': 'The security token included in the request is invalid.',
  skewed: 'Signature expired: the time of the request is not now.',
  mismatch:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
};

export class AuthenticationError extends Error {
  readonly failure: AuthenticationFailure;

  constructor(failure: AuthenticationFailure) {
    super(messages[failure]);
    this.failure = failure;
  }
}
