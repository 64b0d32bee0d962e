/** Pages of the service, in the look of the dashboard. */
import { readFileSync } from 'node:fs';
import { fontFaces, mark, themeStyleSheet } from '@property-insights/reports';

const template = readFileSync(new URL('page.html', import.meta.url), 'utf8')
  .replace('/* theme */', () => `${themeStyleSheet()}${fontFaces}`)
  .replace('<!-- mark -->', () => mark.replace(/stroke="#\w+"/, 'stroke="currentColor" aria-hidden="true"'));

/** @param title and content as HTML */
export function page(title: string, content: string): string {
  return template.replaceAll(/{{(title|content)}}/g, (_, name) => (name === 'title' ? title : content));
}
