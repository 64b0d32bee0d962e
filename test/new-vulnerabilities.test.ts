import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

/** As Grype writes it with `--output json`: https://oss.anchore.com/docs/reference/grype/json/ */
const match = (id: string, severity: string, state: string, name: string, version = '1.0') => ({
  vulnerability: { id, severity, fix: { state, versions: [] } },
  artifact: { name, version, type: 'npm' },
});

function compare(base: object[], head: object[]) {
  const folder = mkdtempSync(join(tmpdir(), 'property-insights-scan-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = Object.entries({ base, head }).map(([name, matches]) => {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify({ matches }));
    return file;
  });
  const script = join(import.meta.dirname, '..', 'scripts', 'new-vulnerabilities.ts');
  const { status, stdout } = spawnSync(process.execPath, [script, ...files], { encoding: 'utf8' });
  return { status, lines: stdout.trim().split('\n') };
}

test('A change that adds a severe vulnerability with a fix is blocked', () => {
  const added = match('CVE-2026-0002', 'Critical', 'fixed', 'openssl', '3.0');
  expect(compare([match('CVE-2026-0001', 'High', 'fixed', 'zlib')], [added])).toEqual({
    status: 1,
    lines: ['Critical CVE-2026-0002 in openssl 3.0'],
  });
});

test('What the base has too, has no fix or is not severe does not block', () => {
  const known = match('CVE-2026-0001', 'High', 'fixed', 'zlib');
  const head = [
    { ...known, artifact: { ...known.artifact, version: '1.1' } },
    match('CVE-2026-0003', 'High', 'not-fixed', 'glibc'),
    match('CVE-2026-0004', 'Medium', 'fixed', 'tar'),
  ];
  expect(compare([known], head)).toEqual({
    status: 0,
    lines: ['No new vulnerability of high severity has a fix.'],
  });
});
