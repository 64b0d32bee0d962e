/** The Reports and Settings views on both services, in a real browser. */
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../../test/database.ts';
import { tokens } from '../../../test/tokens.ts';
import { chromium, expectAccessible, open, page, served, usePage } from './page.ts';
import { type ServedReports, serveReports } from './served-reports.ts';

describe.skipIf(!chromium)('the reports', () => {
  usePage(serveReports);

  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' });
  const section = (title: string) => page.locator('section', { has: page.getByRole('heading', { name: title }) });
  const frame = () => page.frameLocator('iframe');
  const dialog = () => page.getByRole('dialog');
  const useToken = async (token: string) => {
    await page.getByLabel('A token with the scope “write”').fill(token);
    await button('Use this token').click();
    await section('Links').waitFor();
  };

  test('a new user makes, shares and schedules a report', async () => {
    await open('/app/reports?market=made-up&region=North');
    await frame().getByRole('heading', { level: 1, name: 'North' }).waitFor();
    const saved = page.waitForEvent('download');
    await button('Download as PDF').click();
    expect((await saved).suggestedFilename()).toBe('market-report-made-up-1.pdf');

    await button('Share a link').click();
    await dialog().getByLabel('A token with the scope “write”').fill(tokens.write);
    await button('Make the link').click();
    const link = await dialog().getByLabel('The link').inputValue();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
    const shared = await fetch(link, { headers: { accept: 'text/html' } });
    expect([shared.status, await shared.text()]).toEqual([200, expect.stringContaining('North')]);
    await page.keyboard.press('Escape');

    await button('Schedule').click();
    await dialog()
      .getByLabel(/Recipients/)
      .fill('ada@example.org, bob@example.com');
    await button('Schedule it').click();
    const schedules = section('Schedules').getByRole('listitem');
    expect(await schedules.textContent()).toMatch(
      /Market report, made-up, North · PDF by e-mail, each Monday at 07:30/,
    );
    await schedules.getByRole('button', { name: 'Runs and recipients' }).click();
    await dialog().getByRole('listitem').first().waitFor();
    expect(await dialog().getByRole('listitem').allTextContents()).toEqual([
      'ada@example.org confirmed',
      expect.stringMatching(/^bob@example\.com (not asked yet|has not confirmed)$/),
    ]);
    await page.keyboard.press('Escape');
    await button('Pause').click();
    await schedules.getByText(/paused since/).waitFor();
    await schedules.getByRole('button', { name: 'Delete' }).click();
    await schedules.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No report is scheduled with this token.').waitFor();

    const links = section('Links').getByRole('listitem');
    await page.reload();
    await links.getByText(/opened once/).waitFor();
    await links.getByRole('button', { name: 'Revoke' }).click();
    await links.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No link of this token is open.').waitFor();
    expect((await fetch(link)).status).toBe(410);
  });

  test('the list of schedules states that the last run failed, and why', async () => {
    const { address, parts } = served as ServedReports;
    const order = {
      title: 'No such table',
      report: 'market-report',
      form: 'csv',
      parameters: { market: 'vale', table: 'none' },
      rhythm: { every: 'day', time: '07:30', time_zone: 'UTC' },
      target: 's3',
    };
    const headers = { authorization: `Bearer ${tokens.write}`, 'content-type': 'application/json' };
    const schedules = `${address}/reporting/schedules`;
    const added = await fetch(schedules, { method: 'POST', headers, body: JSON.stringify(order) });
    const { id } = (await added.json()) as { id: number };
    const database = openDatabase(parts.testDatabase, { user: 'reporting' });
    await database.kysely.updateTable('reporting.schedule').set({ due_at: new Date() }).where('id', '=', id).execute();
    await database.close();
    await open('/app/reports?market=vale');
    await useToken(tokens.write);
    const item = section('Schedules').getByRole('listitem');
    await item.getByText(/: failed\. This report has no table "none"/).waitFor();
    await fetch(`${schedules}/${id}`, { method: 'DELETE', headers });
  });

  test('a definition is refused with the member that is wrong, saved, shown and edited', async () => {
    await open('/app/reports?market=vale');
    await useToken(tokens.write);
    await button('A report of your own').click();
    const json = page.getByLabel('JSON');
    await frame().getByRole('heading', { name: 'The regions' }).waitFor();
    const text = await json.inputValue();
    await json.fill(text.replace('"median_price"', '"middle"'));
    await page.getByText(/blocks\[0\]\.figures\[0\]\.member: there is no member "middle"/).waitFor();
    await json.fill(text.replace('{', ''));
    await page.getByText(/This is not JSON/).waitFor();
    await json.fill(text.replace('The regions', 'Hill and Dale'));
    await frame().getByRole('heading', { name: 'Hill and Dale' }).waitFor();
    await page.getByLabel(/Name in its address/).fill('hill-and-dale');
    await button('Save').click();
    await page
      .getByRole('radio', { name: /Hill and dale/ })
      .and(page.locator(':checked'))
      .waitFor();
    await frame().getByRole('heading', { name: 'Hill and Dale' }).waitFor();
    await button('Edit').click();
    await json.fill((await json.inputValue()).replace('Hill and Dale', 'Dale and Hill'));
    await button('Save').click();
    await page.getByText(/^Edition 2, saved/).waitFor();
    await frame().getByRole('heading', { name: 'Dale and Hill' }).waitFor();
    await page.getByLabel('Edition').selectOption('1');
    await frame().getByRole('heading', { name: 'Hill and Dale' }).waitFor();
  });

  test('a report is continued in the background, and cancelled or downloaded there', async () => {
    await open('/app/reports?market=made-up&report=data-quality');
    await useToken(tokens.write);
    await frame().getByRole('heading', { level: 1 }).waitFor();
    // The request is held, as a long report would be.
    await page.route('**/reporting/data-quality.xlsx*', () => undefined);
    await button('Download as Excel').click();
    await button('Continue in the background').click();
    const job = section('Made in the background').getByRole('listitem');
    await job.getByText(/ready until/).waitFor();
    const saved = page.waitForEvent('download');
    await job.getByRole('button', { name: 'Download' }).click();
    expect((await saved).suggestedFilename()).toBe('data-quality-made-up-1.xlsx');
  });

  test('areas are named before they are compared, and a property before it is valued', async () => {
    await open('/app/reports?market=vale&report=area-comparison&level=region');
    await page.getByText('Choose the areas to compare.').waitFor();
    await page.getByLabel(/Areas to compare/).fill('Hill');
    await button('Remove Hill').waitFor();
    await frame().getByText('Hill').first().waitFor();
    await page.getByRole('radio', { name: /Valuation/ }).check();
    await page.getByPlaceholder(/Number and street/).waitFor();
  });

  test('states that the service is away, and recovers', async () => {
    (served as ServedReports).reportingIsUp = false;
    try {
      await open('/app/reports?market=vale');
      await page.getByText('The reporting service does not answer. The other views are not affected.').waitFor();
    } finally {
      (served as ServedReports).reportingIsUp = true;
    }
    await button('Try again').click();
    await frame().getByRole('heading', { level: 1 }).waitFor();
    await section('Links, schedules and jobs')
      .getByText(/A token with the scope “write” is needed/)
      .waitFor();
    // A token that may only read.
    await page.getByLabel('A token with the scope “write”').fill(tokens.read);
    await button('Use this token').click();
    await page.getByText(/^The token “.+” allows reading only/).waitFor();
  });

  test('a note is on the charts, in their table and in a report, until it is removed', async () => {
    const law = 'Stamp duty is abolished.';
    await open('/?market=made-up');
    await button('Add a note').first().click();
    await dialog().getByLabel('Day').fill('2020-05-17');
    await dialog()
      .getByLabel(/One sentence/)
      .fill(law);
    await dialog().getByLabel('A token with the scope “write”').fill(tokens.write);
    await button('Add it').click();
    const note = page.getByRole('listitem').filter({ hasText: law });
    expect(await note.textContent()).toMatch(/^1\s*17 May 2020 Stamp duty is abolished\./);
    const chart = page.getByRole('group', { name: /^Price by month/ });
    await chart.focus();
    await page.keyboard.press('End');
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press('ArrowLeft');
      if ((await chart.locator('[aria-live]').textContent())?.includes('May 2020')) break;
    }
    expect(await chart.locator('[aria-live]').textContent()).toContain(`Note 1: ${law}`);
    await page.getByRole('button', { name: /^Price by month.*: table$/ }).click();
    await page
      .getByRole('row', { name: /^May 2020/ })
      .first()
      .getByText(`1: ${law}`)
      .waitFor();

    await open('/app/reports?market=made-up&region=North');
    await frame().getByRole('heading', { level: 1 }).waitFor();
    await page.getByLabel('Notes of the market on the charts').check();
    await frame().getByText(`17 May 2020: ${law}`).first().waitFor();

    await open('/app/index?market=made-up&interval=quarter');
    await note.getByRole('button', { name: 'Remove' }).click();
    await note.getByRole('button', { name: 'Remove' }).click();
    await note.waitFor({ state: 'detached' });
  });

  test('settings state and take a token, and an administrator creates and revokes them', async () => {
    await open('/app/settings?market=made-up');
    await page.getByText('No token is entered. You may read what is open to everybody.').waitFor();
    await page.getByLabel('Token').fill(tokens.admin);
    await button('Use this token').click();
    await page.getByText('has the scope admin').waitFor();
    await button('Create a token').click();
    await dialog().getByLabel('Who or what uses it').fill('The weekly load');
    await button('Create it').click();
    const token = await dialog().getByLabel('The token').inputValue();
    await button('Copy the token').click();
    const access = async () =>
      (await fetch(`${served.address}/api/access`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await access()).toBe(200);
    const item = section('Who may do what').getByRole('listitem').filter({ hasText: 'The weekly load' });
    await item.getByRole('button', { name: 'Revoke' }).click();
    await item.getByRole('button', { name: 'Revoke' }).click();
    await item.waitFor({ state: 'detached' });
    expect(await access()).toBe(401);
    await button('Forget the token').click();
    await page.getByText('No token is entered.').waitFor();
  });

  test('areas, numbers and colours are as the reader chose, in every view and after a reload', async () => {
    await open('/app/settings?market=made-up&land_area_min=200&land_area_max=300');
    await page.getByText('sq ft', { exact: true }).click();
    await page.getByText('Dark', { exact: true }).click();
    await page.getByLabel('Numbers and dates').selectOption('en-US');
    await page.getByText('$1,234,567 · 1,234.5 · Sep 30, 2024').waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'Explore' }).first().click();
    const word = page.getByRole('button', { name: 'Land: 2,153 to 3,229 sq ft' });
    await word.click();
    expect(await page.getByRole('spinbutton').first().inputValue()).toBe('2153');
    expect(await page.evaluate(() => document.documentElement.dataset.colours)).toBe('dark');
  });

  test('axe finds nothing', async () => {
    await open('/app/reports?market=vale');
    await useToken(tokens.write);
    await expectAccessible(() => frame().getByRole('heading', { level: 1 }).waitFor());
    await open('/app/settings?market=vale');
    await expectAccessible(() => page.getByRole('table').waitFor());
  });
});
