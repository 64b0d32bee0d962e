/** The views that work on one property, its value and the data, in a real browser. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { describe, expect, test } from 'vitest';
import { answer, answered, chromium, failed, open, page, parameters, section, served, usePage } from './page.ts';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(!chromium)('the views of one property and of the data', () => {
  usePage();

  /** The view has loaded, and axe finds nothing in it. */
  async function checkAccessibility(): Promise<void> {
    await answered();
    await page.evaluate(axe);
    const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  }

  test('a property is found by its address, and shown among its neighbours', async () => {
    await open('/app/property?market=made-up');
    await page.getByRole('button', { name: 'Place, view, action' }).click();
    await page.getByRole('dialog').getByRole('combobox').fill('7 High St');
    await page.getByRole('option', { name: '7 High St, Place 8 address, 1 sales' }).click();
    await page.getByRole('heading', { name: '7 High St, Place 8', level: 1 }).waitFor();
    const id = Number(parameters().get('property'));
    const { sales } = await answer(`property?market=made-up&id=${id}`);
    const [sale] = sales;
    const doors = section('Its price in its area').locator('p .door');
    await doors.nth(1).waitFor();
    const [cheaper, all] = await doors.allTextContents();
    const around = (await answer('sales?market=made-up&locality=Place%208&limit=1000')).sales.filter(
      (other: typeof sale) =>
        other.type === sale.type &&
        Math.abs(Date.parse(other.contract_date) - Date.parse(sale.contract_date)) < 183 * 86_400_000,
    );
    expect(all).toBe(String(around.length));
    expect(cheaper).toBe(String(around.filter(({ price }: typeof sale) => price < sale.price).length));
    await section('Sold nearby').locator('tbody tr').nth(19).waitFor();
    await checkAccessibility();
    await section('Its own sales').getByRole('button').first().click();
    await page.getByRole('dialog').getByRole('link', { name: 'What would it sell for?' }).click();
    await page.waitForURL(/\/app\/comparables\?.*subject=id/);
  });

  test('a comparable is left out and another added by hand, and the page states what changes', async () => {
    const { places } = await answer('places?market=made-up&q=7%20High%20St%20Place%208');
    const subject = `id=${places[0].property}`;
    const before = await answer(`estimate?market=made-up&${subject}`);
    await open(`/app/comparables?market=made-up&subject=${encodeURIComponent(subject)}`);
    const first = section('Step by step').locator('tbody tr').first();
    await first.getByRole('button', { name: 'Leave out' }).click();
    await page.getByText(/By your choice of comparables \(1 left out, 0 added\)/).waitFor();
    expect(parameters().getAll('exclude')).toEqual([String(before.comparables[0].id)]);
    await section('Left out').getByText('Left out by you.').waitFor();
    await section('Step by step').getByRole('button', { name: 'Add a sale' }).click();
    await section('Step by step').getByRole('combobox').fill('5767 High St');
    await page.getByRole('option', { name: /^5767 High St, Place 8/ }).click();
    await page.getByRole('button', { name: /^Add the sale of/ }).click();
    await page.getByText(/\(1 left out, 1 added\)/).waitFor();
    await section('Step by step').getByText('added by you').waitFor();
    const query = `market=made-up&${subject}&exclude=${parameters().get('exclude')}&include=${parameters().get('include')}`;
    const after = await answer(`estimate?${query}`);
    expect(after.chosen).toEqual({ excluded: 1, included: 1 });
    const change = Math.abs(after.estimate / before.estimate - 1) * 100;
    await page
      .getByText(new RegExp(`your choice changes it by [+−]?${change.toFixed(1).replace('.', '\\.')}%`))
      .waitFor();
    await checkAccessibility();
    await page.getByRole('button', { name: 'Undo the choice' }).click();
    await page.getByText(/By your choice/).waitFor({ state: 'detached' });
    expect(parameters().has('exclude')).toBe(false);
  });

  test('Explore offers the attributes that the sales of a market state, as filters and columns', async () => {
    await open('/app/explore?market=twins');
    const storey = page.getByRole('group', { name: 'Storey' });
    await storey.getByRole('slider').first().focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('heading', { name: /on storey 2 or more/ }).waitFor();
    expect(parameters().get('storey_min')).toBe('2');
    await page.getByRole('group', { name: 'Tenure' }).getByLabel('Leasehold').check();
    await page.getByRole('heading', { name: /with the tenure Leasehold/ }).waitFor();
    expect(parameters().get('tenure')).toBe('Leasehold');
    await page.getByRole('group', { name: 'Tenure' }).getByLabel('Leasehold').uncheck();
    // The answers move the button and what it opens.
    await page.getByRole('heading', { name: /with the tenure Leasehold/ }).waitFor({ state: 'detached' });
    await answered();
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('checkbox', { name: 'Storey' }).check();
    expect(await page.getByRole('checkbox', { name: 'Year built' }).count()).toBe(0);
    await page.getByRole('columnheader', { name: 'Storey' }).waitFor();
    await page.getByText('2 sales', { exact: true }).first().waitFor();
    await page.keyboard.press('Escape');
    await checkAccessibility();
    await open('/app/explore?market=vale');
    await page.getByRole('group', { name: 'Signed' }).waitFor();
    expect(await storey.count()).toBe(0);
  });

  test('Data adds a market, shows both readings of its file, changes the market and deletes it', async () => {
    await open('/app/data?market=made-up');
    await page.getByRole('link', { name: 'Zoning', exact: true }).click();
    await page.getByRole('heading', { name: 'These 6,000 sales' }).waitFor();
    expect(await page.getByRole('dialog').textContent()).toContain('without Zoning');
    await page.keyboard.press('Escape');
    await page.evaluate((token) => sessionStorage.setItem('token', token), served.adminToken);
    await page.getByRole('button', { name: 'Add a market' }).click();
    await page.getByLabel('Name, such as').fill('Brief');
    expect(await page.getByLabel('Code for addresses').inputValue()).toBe('brief');
    await page.getByLabel('Currency').fill('aud');
    await page.getByRole('button', { name: 'Add the market' }).click();
    await page.getByRole('heading', { name: 'What Brief has' }).waitFor();
    const rows = ['03/04/2022,500000,1 High St', '05/06/2024,600000,1 High St'];
    await page
      .locator('input[type=file]')
      .first()
      .setInputFiles({
        name: 'brief.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(['Sold,Price,Address', ...rows].join('\n')),
      });
    await page.getByText('What comes first in the dates of “Sold”, such as “03/04/2022”?').waitFor();
    const choices = page.getByRole('button', { name: /^(day|month) first/ });
    await choices.nth(1).waitFor();
    expect(await choices.locator('small').allTextContents()).toEqual(['3 Apr 20225 June 2024', '4 Mar 20226 May 2024']);
    await choices.first().click();
    await page.getByRole('button', { name: 'Load into Brief' }).click();
    await page.getByRole('heading', { name: 'Loaded', exact: true }).waitFor();
    expect((await answer('summary?market=brief')).sales).toBe(2);
    // The value of a repeat-sales index opens its pairs.
    await open(`/app/data?market=brief&rows=${encodeURIComponent('pairs=year&in=2024-01-01')}`);
    await page
      .getByRole('dialog', { name: 'This pair' })
      .getByRole('row', { name: /1 High St.*\+20\.0%/ })
      .waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Change or delete Brief' }).click();
    const dialog = page.getByRole('dialog', { name: 'Brief' });
    await dialog.getByLabel('Licence of its data').fill('CC BY 4.0');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Brief is changed.').waitFor();
    const market = async () =>
      (await (await fetch(`${served.address}/api/markets`)).json()).find(
        ({ code }: { code: string }) => code === 'brief',
      );
    expect((await market()).licence).toBe('CC BY 4.0');
    await checkAccessibility();
    await page.getByRole('button', { name: 'Change or delete Brief' }).click();
    await dialog.getByText('Delete the market').click();
    const confirm = dialog.getByRole('button', { name: 'Delete Brief with all its sales' });
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByLabel('Type its name').fill('Brief');
    await confirm.click();
    await page.getByText('Brief is deleted').waitFor();
    await answered();
    expect(failed.filter((url) => url.includes('/api/revisions'))).toEqual([]);
    expect(await market()).toBeUndefined();
  });

  test('an interrupted upload is reported, and the files are sent again, or asked for after a reload', async () => {
    const file = {
      name: 'again.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('Sold,Price,Address\n2024-01-31,500000,1 High St\n2024-02-03,600000,\n'),
    };
    const choose = () => page.locator('input[type=file]').first().setInputFiles(file);
    await open('/app/data?market=loads');
    await page.evaluate((token) => sessionStorage.setItem('token', token), served.token);
    await page.route('**/api/imports?**', (route) => route.abort('connectionreset'), { times: 1 });
    await choose();
    await page.getByRole('button', { name: 'Load into Loads' }).click();
    await page.getByText('The connection was lost while the files were sent.').waitFor();
    // The page is closed while they are sent again.
    await page.route('**/api/imports?**', () => undefined, { times: 1 });
    page.once('dialog', (dialog) => dialog.accept());
    await page.getByRole('button', { name: 'Send the files again' }).click();
    await page.getByRole('progressbar', { name: 'Sending' }).waitFor();
    await page.reload();
    await page
      .getByRole('alert')
      .getByText(/The page was closed while files were sent.*again\.csv, \d+ bytes/)
      .waitFor();
    await choose();
    await page.getByLabel('Load the other rows, however many cannot be read').check();
    await page.getByRole('button', { name: 'Load into Loads' }).click();
    await page.getByRole('heading', { name: 'Loaded', exact: true }).waitFor();
    expect((await answer('summary?market=loads')).sales).toBe(1);
    await page.reload();
    await page.getByRole('heading', { name: 'Loaded', exact: true }).waitFor();
    expect(await page.getByText('The page was closed while files were sent.').count()).toBe(0);
  });

  test('the history of a market is shown page by page', async () => {
    const headers = { authorization: `Bearer ${served.token}`, 'content-type': 'application/json' };
    for (let n = 1; n <= 20; n++) {
      const body = JSON.stringify({ day: '2024-01-01', text: `Note ${n}` });
      await fetch(`${served.address}/api/markets/empty/notes`, { method: 'POST', headers, body });
    }
    await open('/app/data?market=empty');
    const rows = section('History').locator('tbody tr');
    await rows.nth(19).waitFor();
    expect(await rows.count()).toBe(20);
    await section('History').getByRole('button', { name: 'Show more' }).click();
    await rows.nth(20).waitFor();
    expect(await rows.last().textContent()).toContain('version 1');
  });
});
