/** Rotates secrets as AWS does: by the function of the secret, which is invoked once for each of four steps. */
import type { Log } from '../logs.ts';
import { SecretsManagerError } from './errors.ts';
import type { Secret, SecretStore } from './secret-store.ts';

/** The event that the function receives. */
export interface RotationEvent {
  Step: (typeof steps)[number];
  SecretId: string;
  /** The id of the version that the rotation makes. */
  ClientRequestToken: string;
}

/** Resolves when the step is done. */
export type RotationFunction = (event: RotationEvent) => Promise<unknown>;

const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;

export class Rotation {
  readonly #store: SecretStore;
  /** By the ARN of the secret. */
  readonly #functions = new Map<string, RotationFunction>();
  readonly #underWay = new Set<string>();
  readonly #log: Pick<Log, 'info' | 'warn'>;

  constructor(store: SecretStore, log: Pick<Log, 'info' | 'warn'>) {
    this.#store = store;
    this.#log = log;
  }

  setUp(secretArn: string, rotate: RotationFunction): void {
    this.#functions.set(secretArn, rotate);
  }

  isSetUp(secretArn: string): boolean {
    return this.#functions.has(secretArn);
  }

  /**
   * Starts a rotation to a new version, or resumes one that has failed.
   * @returns the id of the version, and a promise that resolves when it is in use and rejects if a step fails.
   * @throws SecretsManagerError InvalidRequestException when the secret has no function, or is being rotated
   */
  begin(secret: Secret, versionId: string): { versionId: string; done: Promise<void> } {
    const rotate = this.#functions.get(secret.arn);
    if (rotate === undefined) {
      throw new SecretsManagerError(
        'InvalidRequestException',
        'You tried to enable rotation on a secret that has no Lambda function ARN configured.',
      );
    }
    if (this.#underWay.has(secret.arn)) {
      throw new SecretsManagerError(
        'InvalidRequestException',
        "A previous rotation isn't complete. That rotation will be reattempted.",
      );
    }
    const { id } = this.#store.pendingVersion(secret, versionId);
    const done = this.#run(secret, id, rotate);
    done.catch(() => {}); // it is logged, and not everyone waits for it
    return { versionId: id, done };
  }

  async #run({ arn, name }: Secret, versionId: string, rotate: RotationFunction): Promise<void> {
    this.#underWay.add(arn);
    try {
      for (const Step of steps) await rotate({ Step, SecretId: arn, ClientRequestToken: versionId });
      this.#log.info(`${name} is rotated`);
    } catch (error) {
      this.#log.warn(`${name} is not rotated: ${(error as Error).message}`);
      throw error;
    } finally {
      this.#underWay.delete(arn);
    }
  }
}
