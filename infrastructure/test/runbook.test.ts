import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../src/project.ts';
import { resources, synthesize, variants } from './synthesize.ts';

const runbook = readFileSync(join(projectRoot, 'docs', 'operations.md'), 'utf8').split('\n## Alarms\n')[1] ?? '';
const sections = runbook.split(/\n### /).slice(1);
const headings = sections.flatMap((section) => section.slice(0, section.indexOf('\n')).split(', '));

describe.each(Object.entries(variants))('%s', (_, options) => {
  test('has a section of the runbook for each alarm, and none for alarms that are not', () => {
    const names = resources(synthesize(options), 'AWS::CloudWatch::Alarm').map(({ properties }) =>
      properties.AlarmName.replace(`property-insights-${options.stage}-`, '').replace(/-(Warning|Critical)$/, ''),
    );
    expect(headings.toSorted()).toEqual(names.toSorted());
  });
});

test('Each section says what the alarm means, and then what to do', () => {
  for (const section of sections) {
    expect(section).toMatch(/^[^\n]+\n\n\*[^*]+\.\*/);
    expect(section).toMatch(/\n1\. /);
  }
});

test('Links from one section lead to another', () => {
  const anchors = sections.map((section) =>
    section
      .slice(0, section.indexOf('\n'))
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
  const links = [...runbook.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) expect(anchors).toContain(link);
});
