/** The process that an image runs, according to its Dockerfile. */
export interface ImageProcess {
  workingDirectory: string;
  environment: Record<string, string>;
  entrypoint: string[];
  command: string[];
}

/**
 * Reads WORKDIR, ENV, ENTRYPOINT and CMD of the last stage.
 * @throws if ENTRYPOINT or CMD is in shell form: a shell as the first process would not forward SIGTERM to the service.
 */
export function readImageProcess(dockerfile: string, path: string): ImageProcess {
  const process: ImageProcess = { workingDirectory: '/', environment: {}, entrypoint: [], command: [] };
  for (const instruction of instructions(dockerfile)) {
    const [, keyword, argument] = instruction.match(/^([A-Za-z]+)\s+(.*)$/s) ?? [];
    if (!keyword || argument === undefined) continue;
    switch (keyword.toUpperCase()) {
      case 'FROM':
        Object.assign(process, { workingDirectory: '/', environment: {}, entrypoint: [], command: [] });
        break;
      case 'WORKDIR':
        process.workingDirectory = argument.trim();
        break;
      case 'ENV':
        for (const [, name, quoted, plain] of argument.matchAll(/([A-Za-z_]\w*)=(?:"([^"]*)"|(\S*))/g)) {
          process.environment[name as string] = quoted ?? plain ?? '';
        }
        break;
      case 'ENTRYPOINT':
        process.entrypoint = execForm(argument, keyword, path);
        break;
      case 'CMD':
        process.command = execForm(argument, keyword, path);
        break;
    }
  }
  return process;
}

/** The instructions, each with its continuation lines joined and comments removed. */
function instructions(dockerfile: string): string[] {
  const lines = dockerfile.split(/\r?\n/).filter((line) => !/^\s*#/.test(line));
  return lines
    .join('\n')
    .replaceAll(/\\[ \t]*\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function execForm(argument: string, keyword: string, path: string): string[] {
  try {
    const words: unknown = JSON.parse(argument);
    if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  } catch {
    // Not JSON: the shell form.
  }
  throw new Error(`${path}: ${keyword} must be in exec form, such as ["node", "main.ts"], not ${argument}.`);
}
