/** Reads the properties of a resource, which come as strings or numbers as the template's author liked. */

/** A property as an object of the given shape; the shape is CloudFormation's own, which CDK has checked already. */
export function object<T>(value: unknown): T {
  return (value ?? {}) as T;
}

export function list<T>(value: unknown): T[] {
  return (value ?? []) as T[];
}

/** The attributes that load balancers and target groups have as `[{Key, Value}]`. */
export function attributes(value: unknown): Record<string, string> {
  return Object.fromEntries(list<{ Key: string; Value: string }>(value).map(({ Key, Value }) => [Key, Value]));
}
