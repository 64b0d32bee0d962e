/** A resource of a template, before and after it is made. */

/** What a handler is asked to make. */
export interface ResourceRequest {
  logicalId: string;
  /** With every intrinsic function resolved. */
  properties: Record<string, unknown>;
  stack: { name: string; account: string; region: string };
  /** A short name for people, from the construct that defines the resource, such as `migrator`. */
  constructName: string;
}

/** The values of a resource that other resources refer to. */
export interface MadeResource {
  ref: string;
  attributes?: Record<string, string>;
}

/** A resource that has been requested. */
export interface PresentResource {
  type: string;
  request: ResourceRequest;
  /** Missing if the last change of it failed. */
  made?: MadeResource;
}
