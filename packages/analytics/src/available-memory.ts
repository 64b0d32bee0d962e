import { totalmem } from 'node:os';

/** What the memory of this process depends on. */
export interface Machine {
  /** Bytes: the limit of the container; 0 or more than the machine has without a limit. */
  limit: number;
  /** Bytes: the memory of the machine. */
  total: number;
  /** Whether the process runs in a task of ECS. */
  isTask: boolean;
}

function thisMachine(): Machine {
  // ECS sets the variable in every container of Fargate.
  const isTask = process.env.ECS_CONTAINER_METADATA_URI_V4 !== undefined;
  return { limit: process.constrainedMemory(), total: totalmem(), isTask };
}

/**
 * Bytes: the limit of the container, or the memory of the machine.
 * @throws in a task of ECS without a limit: it would use the memory of its host, about twice its own, and be killed.
 */
export function availableMemory({ limit, total, isTask }: Machine = thisMachine()): number {
  if (limit > 0 && limit < total) return limit;
  if (isTask) {
    throw new Error('The container has no memory limit: set memoryLimitMiB of the container in its task definition.');
  }
  return total;
}
