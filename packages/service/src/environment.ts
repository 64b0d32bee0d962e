/** The value of an environment variable that has to be there. @throws naming it */
export function requiredVariable(name: string, env: NodeJS.ProcessEnv = process.env): string {
  const value = env[name];
  if (!value) throw new Error(`The environment variable ${name} must be set.`);
  return value;
}
