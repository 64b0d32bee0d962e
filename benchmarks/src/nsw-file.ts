/** Synthetic sales in the format of the NSW Valuer General's `.DAT` files. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** The percentage of sales that are issued again later with another area, as the source does with corrections. Each adds a row. */
const reissuedPercent = 7;
const streets = [
  'KING ST',
  'GEORGE ST',
  'VICTORIA RD',
  'OCEAN PDE',
  'MCMAHON AVE',
  "O'CONNELL ST",
  'HIGH ST',
  'THE CRESCENT',
];
const localities = Array.from(
  { length: 600 },
  (_, n) =>
    `${['NORTH', 'SOUTH', 'EAST', 'WEST', 'ST', 'MOUNT'][n % 6]} TOWN ${String.fromCharCode(65 + (n % 26))}${n}`,
);
const rowsAtOnce = 1_000;

/** Writes a file with this number of sale records; equal numbers give equal files. */
export async function writeNswFile(path: string, rows: number): Promise<void> {
  await pipeline(Readable.from(content(rows)), createWriteStream(path));
}

function* content(rows: number): Generator<string> {
  yield 'A;RTSALEDATA;001;20250101 01:00;VALNET;\n';
  const random = randomNumbers(1);
  for (let first = 0; first < rows; first += rowsAtOnce) {
    let text = '';
    for (let row = first; row < Math.min(rows, first + rowsAtOnce); row++) text += sale(row, random);
    yield text;
  }
  yield `Z;${rows + 2};${rows};0;0;\n`;
}

/** Every sale has a property of its own, except those that are issued again. */
function sale(row: number, random: () => number): string {
  const again = row % 100 < reissuedPercent && row >= 100;
  const number = again ? row - 100 + reissuedPercent : row;
  const day = `${2001 + (number % 24)}${two(1 + (number % 12))}${two(1 + (number % 28))}`;
  const issued = again ? '20241231 01:00' : '20241230 01:00';
  const isUnit = number % 3 === 0;
  const [unit, lot] = isUnit ? [String(1 + (number % 40)), String(1 + (number % 60))] : ['', ''];
  const street = streets[number % streets.length];
  const locality = localities[number % localities.length];
  const area = again ? 700 : Math.floor(200 + 800 * random());
  const price = Math.floor(300_000 * (1 + 4 * random()));
  return `B;001;${1_000_000 + number};${row};${issued};;${unit};${1 + (number % 199)};${street};${locality};${2000 + (number % 900)};${area};M;${day};${day};${price};R2;R;RESIDENCE;${lot};AAA;;0;AT${number};\n`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** A fixed sequence of numbers from 0 to 1 (Park and Miller 1988). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
