/**
 * Postal codes of GeoNames (`AU.txt`, from `AU.zip`): twelve fields separated by tabs, without a header or quoting. Country, postal code, place
 * name, name and code of three levels of administration, latitude, longitude, accuracy.
 *
 * A place is (country and its first level of administration, postal code, name).
 */
import { addRow, checkRowLength } from './add-row.ts';
import type { Batch, Format, Place } from './format.ts';
import { ValueError } from './format.ts';
import { readPlace } from './place.ts';
import { lineBatches } from './text.ts';

const width = 12;

export const geonames: Format = {
  name: 'geonames',
  title: 'GeoNames postal codes',
  detect(sample) {
    const fields = (sample.split(/\r\n|\n|\r/, 1)[0] as string).split('\t');
    const coordinate = /^-?\d{1,3}(\.\d+)?$/;
    const [country, postcode] = fields as [string, string];
    return (
      fields.length === width &&
      /^[A-Z]{2}$/.test(country) &&
      postcode !== '' &&
      coordinate.test(fields[9] as string) &&
      coordinate.test(fields[10] as string)
    );
  },
  read,
  rowReader: () => readLine,
};

async function* read(file: AsyncIterable<Buffer>): AsyncGenerator<Batch> {
  let line = 0;
  for await (const lines of lineBatches(file)) {
    const batch: Batch = { sales: [], places: [], rejects: [] };
    for (const text of lines) {
      line++;
      if (text === '') continue;
      addRow(
        batch,
        () => readLine(text),
        () => ({ line, content: text, header: '' }),
      );
    }
    yield batch;
  }
}

function readLine(text: string): Place {
  checkRowLength(text.length);
  const fields = text.split('\t').map((field) => field.trim());
  if (fields.length !== width) {
    throw new ValueError('wrong number of fields', `a place has ${width} fields, but this line has ${fields.length}`);
  }
  if (text.includes('\0')) throw new ValueError('unreadable text', 'the line contains a NUL character');
  const [country, postcode, name, state, code, , , , , latitude, longitude] = fields as string[];
  if (!/^[A-Z]{2}$/.test(country as string)) {
    throw new ValueError('bad country code', `country code "${country}" is not two capital letters`);
  }
  return readPlace({
    name: name as string,
    region: [country, code || state].filter(Boolean).join('-'),
    postcode: postcode as string,
    latitude: latitude as string,
    longitude: longitude as string,
  });
}
