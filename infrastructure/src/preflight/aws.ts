import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Calls an operation of AWS by its CLI, such as `('sts', 'get-caller-identity')`; returns the members of the answer. @throws AwsError */
export type Aws = (service: string, operation: string, ...options: string[]) => Promise<Record<string, unknown>>;

/** A call that failed. */
export class AwsError extends Error {
  /** AWS's name of the error, such as `NoSuchEntity`; undefined if the CLI could not call AWS. */
  readonly code: string | undefined;

  constructor(message: string) {
    super(message);
    this.code = message.match(/\((\w+)\) when calling/)?.[1];
  }
}

const TIMEOUT_MS = 30_000;

/** Calls AWS with the credentials and the region of the environment. */
export const aws: Aws = async (service, operation, ...options) => {
  try {
    const { stdout } = await promisify(execFile)('aws', [service, operation, ...options, '--output', 'json'], {
      timeout: TIMEOUT_MS,
      env: { ...process.env, AWS_PAGER: '' },
    });
    return JSON.parse(stdout || '{}');
  } catch (error) {
    const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
    if (code === 'ENOENT') throw new AwsError('The AWS CLI is not installed: docs.aws.amazon.com/cli');
    throw new AwsError(stderr?.trim() || message);
  }
};
