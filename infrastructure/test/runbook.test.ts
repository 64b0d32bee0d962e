import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../src/project.ts';
import { resources, synthesize, variants } from './synthesize.ts';

const runbook = readFileSync(join(projectRoot, 'docs', 'operations.md'), 'utf8').split('\n## Alarms\n')[1] ?? '';
const sections = runbook.split(/\n### /).slice(1);
const headings = sections.flatMap((section) => section.slice(0, section.indexOf('\n')).split(', '));

const alarmsOf = (options: Record<string, string>) =>
  resources(synthesize(options), 'AWS::CloudWatch::Alarm').map(({ properties }) =>
    properties.AlarmName.replace(`property-insights-${options.stage}-`, '').replace(/-(Warning|Critical)$/, ''),
  );

test('The runbook has a section for each alarm of any stage, and no other', () => {
  // A budget is no alarm of CloudWatch, but notifies the same people.
  const names = new Set([...Object.values(variants).flatMap(alarmsOf), 'Budget']);
  expect(headings.toSorted()).toEqual([...names].toSorted());
});

test('Each section states the meaning of the alarm, and then the actions', () => {
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
