import { join } from 'node:path';

/** The project's root: the build context of the images. */
export const projectRoot = join(import.meta.dirname, '..', '..');
