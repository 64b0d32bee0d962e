import type { AuthenticationFailure } from '../aws/authentication-error.ts';

export type SecretsManagerErrorName =
  | 'AccessDeniedException'
  | 'InvalidParameterException'
  | 'InvalidRequestException'
  | 'InvalidSignatureException'
  | 'MissingAuthenticationTokenException'
  | 'ResourceExistsException'
  | 'ResourceNotFoundException'
  | 'SerializationException'
  | 'UnknownOperationException'
  | 'UnrecognizedClientException';

/** An error that AWS Secrets Manager documents; `message` is for the caller and holds no secret. */
export class SecretsManagerError extends Error {
  override readonly name: SecretsManagerErrorName;

  constructor(name: SecretsManagerErrorName, message: string) {
    super(message);
    this.name = name;
  }
}

export const authenticationErrors: Record<AuthenticationFailure, SecretsManagerErrorName> = {
  missing: 'MissingAuthenticationTokenException',
  'unknown-key': 'UnrecognizedClientException',
  skewed: 'InvalidSignatureException',
  mismatch: 'InvalidSignatureException',
};
