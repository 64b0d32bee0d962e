import type { ExecutionContext } from '../execution-context.ts';
import type { MadeResource, ResourceRequest } from '../template/resource.ts';

/** Executes the resources of one type. */
export interface ResourceHandler {
  type: string;
  /** Makes the resource, or returns it if an earlier run has made it. */
  make(request: ResourceRequest, context: ExecutionContext): Promise<MadeResource> | MadeResource;
  /** Changes a resource in use to match the request. Without this method, the resource is removed and made again in one step. */
  update?(request: ResourceRequest, context: ExecutionContext): Promise<MadeResource>;
  /** Reverts `make` for the same request. Without this method, a resource that no template has any more is left as it is. */
  remove?(request: ResourceRequest, context: ExecutionContext): Promise<void> | void;
}
