/** Reads the properties of a resource. */

/** A property as an object of the given type. CDK has checked the type. */
export function object<T>(value: unknown): T {
  return (value ?? {}) as T;
}

export function list<T>(value: unknown): T[] {
  return (value ?? []) as T[];
}

/** The attributes of load balancers and target groups, which have the form `[{Key, Value}]`. */
export function attributes(value: unknown): Record<string, string> {
  return Object.fromEntries(list<{ Key: string; Value: string }>(value).map(({ Key, Value }) => [Key, Value]));
}
