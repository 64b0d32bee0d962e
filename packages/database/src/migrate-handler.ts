// Placeholder so that the infrastructure synthesizes: the database package's builder replaces this file.
export async function handler(): Promise<void> {
  throw new Error('The migrator is not written yet.');
}
