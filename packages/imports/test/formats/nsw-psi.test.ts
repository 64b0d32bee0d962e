import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutSharedData } from '../../../../test/shared-data.ts';
import { type ImportFile, salesFiles } from '../../src/files.ts';
import { detectFormat } from '../../src/formats/index.ts';
import { nswPsi } from '../../src/formats/nsw-psi.ts';
import { blankSale } from '../../src/formats/values.ts';
import { nswZips, readText, storedZip } from '../helpers.ts';

const header = 'A;RTSALEDATA;001;20240101 01:07;VALNET;';
const house =
  'B;001;2857799;1;20240101 01:07;;;176;LAKE RD;ELRINGTON;2325;25.15;H;20231219;20231222;1330000;RU2;R;RESIDENCE;;RAN;;0;AT729586;';

/** A whole file of these records, with the trailer that belongs to them. */
function file(records: string[], lineEnd = '\n'): string {
  const count = (kind: string) => records.filter((record) => record.startsWith(kind)).length;
  const trailer = `Z;${records.length + 2};${count('B;')};${count('C;')};${count('D;')};`;
  return [header, ...records, trailer, ''].join(lineEnd);
}

/** The house's record with some of its fields, counted from 0, replaced. */
function changed(fields: Record<number, string>): string {
  return house
    .split(';')
    .map((value, index) => fields[index] ?? value)
    .join(';');
}

async function readOne(record: string) {
  const { sales, rejects } = await readText(nswPsi, file([record]));
  return { sale: sales[0], reject: rejects[0] };
}

describe('a sale record', () => {
  test('becomes a sale in our names and units', async () => {
    const { sale } = await readOne(house);
    expect(sale).toEqual({
      ...blankSale,
      key: '2857799;AT729586;;',
      propertyKey: '2857799',
      fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
      issuedAt: '2024-01-01 01:07 Australia/Sydney',
      contractDate: '2023-12-19',
      settlementDate: '2023-12-22',
      price: 1_330_000,
      type: 'House',
      address: '176 Lake Rd, Elrington',
      street: 'Lake Rd',
      locality: 'Elrington',
      region: 'NSW',
      postcode: '2325',
      landArea: 251_500,
      zoning: 'RU2',
      dealing: 'AT729586',
      nonStandard: null,
      details: expect.any(String),
    });
    expect(JSON.parse(sale?.details as string)).toEqual({
      district_code: '001',
      property_id: '2857799',
      zoning: 'RU2',
      nature_of_property: 'R',
      primary_purpose: 'RESIDENCE',
      component_code: 'RAN',
    });
  });

  test.each([
    ['a residence with a strata lot', { 19: '65' }, 'Unit'],
    ['a residence with a unit number', { 6: '5' }, 'Unit'],
    ['vacant land', { 17: 'V', 18: 'VACANT LAND' }, 'Land'],
    ['a shop', { 17: '3', 18: 'SHOP' }, 'Commercial'],
    ['an office', { 17: '3', 18: 'OFFICE' }, 'Commercial'],
    ['a factory', { 17: '3', 18: 'FACTORY' }, 'Industrial'],
    ['a warehouse', { 17: '3', 18: 'WAREHOUSE' }, 'Industrial'],
    ['farm land', { 17: '3', 18: 'FARM LAND' }, 'Farm'],
    ['a car space', { 17: '3', 18: 'CARSPACE' }, 'Parking'],
    ['a marine berth', { 17: '3', 18: 'MARINE BERTH' }, 'Other'],
  ])('of %s has the type that goes with it', async (_, fields, type) => {
    expect((await readOne(changed(fields as Record<number, string>))).sale?.type).toBe(type);
  });

  test.each([
    ['part interest', { 22: '50' }],
    ['no price', { 15: '0' }],
    ['no price', { 15: '' }],
    ['contract date missing', { 13: '' }],
    ['contract date before 1900', { 13: '02170512' }],
    ['contract date after the file', { 13: '20240102' }],
    [null, { 13: '20240101' }],
    [null, { 22: '' }],
  ])('is kept, and not standard because of: %s', async (reason, fields) => {
    const { sale, reject } = await readOne(changed(fields as Record<number, string>));
    expect(reject).toBeUndefined();
    expect(sale?.nonStandard).toBe(reason);
  });

  test('keeps a contract date in the year 217 as the source gives it', async () => {
    expect((await readOne(changed({ 13: '02170512' }))).sale?.contractDate).toBe('0217-05-12');
  });

  test('has no postcode where the source leaves it blank', async () => {
    expect((await readOne(changed({ 10: '' }))).sale?.postcode).toBeNull();
  });

  test.each([
    [{ 6: '5', 7: '12 A', 8: 'KING ST', 9: 'ST MARYS' }, '5/12A King St, St Marys'],
    [{ 6: '9 B', 7: '3', 8: "O'CONNELL ST", 9: 'MCMAHONS POINT' }, "9B/3 O'Connell St, McMahons Point"],
    [{ 7: '', 8: 'THE AVENUE', 9: 'BRIGHTON-LE-SANDS' }, 'The Avenue, Brighton-Le-Sands'],
    [{ 6: '7', 7: '', 8: 'BAY RD', 9: 'MACQUARIE PARK' }, 'Unit 7, Bay Rd, Macquarie Park'],
    [{ 7: '1', 8: "SHEARER'S LANE", 9: 'DEE WHY' }, "1 Shearer's Lane, Dee Why"],
    [{ 7: '2', 8: 'AVENUE OF THE STARS', 9: 'UKI' }, '2 Avenue of the Stars, Uki'],
  ])('%o is addressed as %s', async (fields, address) => {
    expect((await readOne(changed(fields as Record<number, string>))).sale?.address).toBe(address);
  });

  test('of one dwelling has one property key, though the unit number is spelled in two ways', async () => {
    const { sales } = await readText(
      nswPsi,
      file([
        changed({ 2: '4498625', 6: '', 19: '70', 23: 'A1' }),
        changed({ 2: '4498625', 6: '6234', 19: '70', 23: 'A2' }),
        changed({ 2: '4498625', 6: '6235', 19: '71', 23: 'A3' }),
        changed({ 2: '55', 6: '4', 19: '', 23: 'A4' }),
        changed({ 2: '', 6: '4', 23: 'A5' }),
      ]),
    );
    expect(sales.map((sale) => sale.propertyKey)).toEqual([
      '4498625/70',
      '4498625/70',
      '4498625/71',
      '55/unit 4',
      '4;176;LAKE RD;ELRINGTON;2325;',
    ]);
  });
});

describe('a record that cannot be understood', () => {
  test.each([
    [{ 15: '1.2m' }, 'bad price', 'line 3: price "1.2m" is not a whole number of dollars'],
    [{ 15: '-5' }, 'bad price', 'line 3: price "-5" is not a whole number of dollars'],
    [{ 13: '20240231' }, 'bad contract date', 'line 3: contract date "20240231" is not a date (CCYYMMDD)'],
    [{ 14: 'soon' }, 'bad settlement date', 'line 3: settlement date "soon" is not a date (CCYYMMDD)'],
    [{ 11: '1,5' }, 'bad area', 'line 3: area "1,5" is not a number'],
    [{ 12: 'A' }, 'bad area', 'line 3: area type "A" is neither M (square metres) nor H (hectares)'],
    [{ 4: '20240101 25:00' }, 'bad download time', 'line 3: download time "20240101 25:00" is not CCYYMMDD HH24:MI'],
    [{ 9: '' }, 'locality missing', 'line 3: the locality is missing'],
    [{ 23: '' }, 'dealing number missing', 'line 3: the dealing number is missing'],
    [
      { 8: 'A;B' },
      'wrong number of fields',
      'line 3: a sale has 24 fields, each followed by ";", but this record has 25',
    ],
    [{ 8: 'A\0B' }, 'unreadable text', 'line 3: the record contains a NUL character'],
    [{ 0: 'X' }, 'unknown record type', 'line 3: record type "X" is none of A, B, C, D and Z'],
  ])('is rejected with its text and a sentence, and loses no other: %o', async (fields, reason, message) => {
    const bad = changed(fields as Record<number, string>);
    const { sales, rejects } = await readText(nswPsi, file([house, bad, house]));
    expect(sales).toHaveLength(2);
    expect(rejects).toEqual([{ line: 3, content: bad, header, reason, message }]);
  });

  test('of random values becomes a sale or a reject, and the reading goes on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(23), fc.string({ unit: 'binary' }), async (field, value) => {
        const { sales, rejects } = await readText(
          nswPsi,
          file([changed({ [field]: value.replaceAll(/[\n\r]/g, '') || 'x' }).replace(/^[ACDZ];/, 'X;'), house]),
        );
        expect(sales.length + rejects.length).toBe(2);
      }),
    );
  });
});

describe('a file', () => {
  test('is known by its header record', () => {
    expect(nswPsi.detect(file([house]))).toBe(true);
    expect(nswPsi.detect('contract_date,price,address')).toBe(false);
  });

  test('of the years before 2012, whose header lacks a field, is read as well', async () => {
    const old = file([house]).replace('RTSALEDATA;', '');
    expect(detectFormat(old)).toBe(nswPsi);
    expect((await readText(nswPsi, old)).sales).toHaveLength(1);
  });

  test('with an open quote loses no record', async () => {
    const { sales } = await readText(
      nswPsi,
      file([changed({ 5: '"NABIAC", 638' }), house, changed({ 7: '"LONE PINE' }), house]),
    );
    expect(sales).toHaveLength(4);
    expect(JSON.parse(sales[0]?.details as string).property_name).toBe('"NABIAC", 638');
    expect(sales[2]?.address).toBe('"Lone Pine Lake Rd, Elrington');
  });

  test('with CRLF line ends reads as with LF', async () => {
    const records = [house, 'C;001;2857799;1;20240101 01:07;432/1029900;', 'D;001;2857799;1;20240101 01:07;P;;;;;;'];
    expect(await readText(nswPsi, file(records, '\r\n'))).toEqual(await readText(nswPsi, file(records)));
  });

  test('of several joined into one is read as each of them', async () => {
    expect((await readText(nswPsi, file([house]) + file([house, house]))).sales).toHaveLength(3);
  });

  test('with letters beyond ASCII is understood as UTF-8, or else as Latin-1', async () => {
    const text = file([changed({ 5: 'CAFÉ' })]);
    for (const bytes of [Buffer.from(text, 'utf8'), Buffer.from(text, 'latin1')]) {
      const { sales } = await readText(nswPsi, bytes, 3);
      expect(JSON.parse(sales[0]?.details as string).property_name).toBe('CAFÉ');
    }
  });

  test.each([
    [
      'without a trailer',
      file([house]).replace(/Z;.*\n/, ''),
      'the trailer record (Z) of the header on line 1 is missing, so the file is incomplete; download it again',
    ],
    [
      'cut short in its last line',
      file([house, house]).slice(0, -4),
      'the trailer on line 4 is incomplete; download the file again',
    ],
    [
      'with a sale missing',
      file([house, house]).replace(`${house}\n`, ''),
      'the trailer on line 3 states 2 B records, but the file has 1: it is incomplete or was changed; download it again',
    ],
    [
      'with a legal description too many',
      file([house]).replace('Z;', 'C;001;2857799;1;20240101 01:07;1/2;\nZ;'),
      'the trailer on line 4 states 0 C records, but the file has 1: it is incomplete or was changed; download it again',
    ],
    [
      'without a header',
      `${house}\n`,
      'line 1 is not between a header record (A) and its trailer record (Z); the file is incomplete or has another format',
    ],
    [
      'of one endless line',
      `${header}\n${'B'.repeat(2_000_000)}`,
      'line 2 is longer than 1 MB, so this is not a sales file',
    ],
  ])('%s cannot be trusted', async (_, content, message) => {
    await expect(readText(nswPsi, content, 65_536)).rejects.toThrow(message);
  });
});

describe.skipIf(withoutSharedData('nsw-psi-2024'))('the real files', () => {
  test('of one week in 2024 are read whole, with no reject', async () => {
    const zip = nswZips().filter(({ name }) => name === '20240325.zip');
    let read = 0;
    let quoted: string | undefined;
    for await (const { format, content } of salesFiles(zip, () => {})) {
      expect(format).toBe(nswPsi);
      for await (const { sales, rejects } of nswPsi.read(content)) {
        expect(rejects).toEqual([]);
        read += sales.length;
        quoted ??= sales.find(({ key }) => key === '2634805;AT921572;;')?.address;
      }
    }
    // As `grep -c '^B;'` counts them; this week has a record with quotes in it.
    expect(read).toBe(3837);
    expect(quoted).toBe('Castlereagh Hwy Hwy, Coonamble');
  });

  test('of two weeks in the zip of a year are those of the two, and nothing is left on the disk', async () => {
    const count = async (files: ImportFile[]) => {
      let read = 0;
      for await (const { format, content } of salesFiles(files, () => {})) {
        for await (const { sales } of format.read(content)) read += sales.length;
      }
      return read;
    };
    const weeks = nswZips().slice(0, 2);
    const folder = await mkdtemp(join(tmpdir(), 'nsw-test-'));
    const path = join(folder, '2024.zip');
    await writeFile(
      path,
      storedZip(Object.fromEntries(weeks.map(({ name, path }) => [`2024/${name}`, readFileSync(path)]))),
    );
    const read = await count(weeks);
    expect(read).toBeGreaterThan(500);
    expect(await count([{ name: '2024.zip', path }])).toBe(read);
    expect(await readdir(folder)).toEqual(['2024.zip']);
    await rm(folder, { recursive: true });
  });

  test('count the bytes of a zip to its size', async () => {
    const [zip] = nswZips();
    let bytes = 0;
    for await (const { content } of salesFiles([zip as { name: string; path: string }], (more) => (bytes += more))) {
      for await (const _ of content);
    }
    expect(Math.round(bytes)).toBe(readFileSync((zip as { path: string }).path).length);
  });
});
