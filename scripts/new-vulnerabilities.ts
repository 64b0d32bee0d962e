/**
 * `node scripts/new-vulnerabilities.ts BASE.json HEAD.json`: compares two scans of an image by Grype. Prints the vulnerabilities of high severity with a
 * fix that only the second has, and exits with 1 if there are any. What the base has too does not block a change that has no part in it.
 */
import { readFileSync } from 'node:fs';

interface Scan {
  matches: {
    vulnerability: { id: string; severity: string; fix?: { state?: string } };
    artifact: { name: string; version: string };
  }[];
}

/** By id and package, since a new version of the package may have the same vulnerability. */
function severe(file: string): Map<string, string> {
  const { matches } = JSON.parse(readFileSync(file, 'utf8')) as Scan;
  return new Map(
    matches
      .filter(({ vulnerability: { severity, fix } }) => /^(high|critical)$/i.test(severity) && fix?.state === 'fixed')
      .map(({ vulnerability: { id, severity }, artifact: { name, version } }) => [
        `${id} ${name}`,
        `${severity} ${id} in ${name} ${version}`,
      ]),
  );
}

const [base, head] = process.argv.slice(2);
if (!base || !head) throw new Error('Give two files: node scripts/new-vulnerabilities.ts BASE.json HEAD.json');
const known = severe(base);
const added = [...severe(head)].filter(([key]) => !known.has(key)).map(([, text]) => text);
console.log(added.length > 0 ? added.join('\n') : 'No new vulnerability of high severity has a fix.');
if (added.length > 0) process.exitCode = 1;
