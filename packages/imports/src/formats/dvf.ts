/**
 * Demandes de valeurs foncières (DVF), the sales of France, in two forms: the text files of the tax authority (DGFiP, `ValeursFoncieres-2023.txt`), which are
 * separated by `|` and have decimal commas, and the CSV files of Etalab, with coordinates (geo-dvf). Both have a row for each lot, building and use of land
 * of a deed, each with the whole price.
 *
 * The published files have no number of the deed that is the same in each edition. Neighbouring rows with the same date, price, commune and disposition
 * are one deed, as Etalab groups them. A sale is identified by these and the property; a property by its parcel and lots. So the two forms of a sale have one
 * key, and the form that is imported last counts.
 */
import { oneSale, oneSaleEach } from '../mapping/transactions.ts';
import { csvFormat, headerLayout, namesColumns } from './csv.ts';
import type { Batch, Format, Sale } from './format.ts';
import { ValueError } from './format.ts';
import { attributeOf, blankSale, detailsOf, fingerprint, isoDay, memoized, notStandard, titleCase } from './values.ts';

/** A row in the terms of both forms. Numbers have a decimal point. */
interface Row {
  date: string;
  nature: string;
  price: string;
  disposition: string;
  /** What the rows of a deed share besides date and price. */
  deed: string;
  dealing: string | null;
  houseNumber: string;
  street: string;
  postcode: string;
  /** Its code of the statistical office, of 5 characters, and its name. */
  commune: string;
  locality: string;
  region: string;
  /** 14 characters; empty if it is not stated. */
  parcel: string;
  lots: string[];
  carrez: string[];
  type: string;
  floorArea: string;
  rooms: string;
  use: string;
  landArea: string;
  latitude: string;
  longitude: string;
}

/** A row as a sale, and what distinguishes its land from that of the deed's other rows. */
interface DvfSale extends Sale {
  land: string;
}

const rawNeeded = [
  'No disposition',
  'Date mutation',
  'Nature mutation',
  'Valeur fonciere',
  'No voie',
  'B/T/Q',
  'Type de voie',
  'Voie',
  'Code postal',
  'Commune',
  'Code departement',
  'Code commune',
  'Prefixe de section',
  'Section',
  'No plan',
  'Type local',
  'Surface reelle bati',
  'Nombre pieces principales',
  'Surface terrain',
] as const;
const rawLots = ['1er lot', '2eme lot', '3eme lot', '4eme lot', '5eme lot'] as const;
const rawCarrez = rawLots.map((lot) => `Surface Carrez du ${lot}` as const);
const rawOthers = [
  'Reference document',
  'Nature culture',
  'Nature culture speciale',
  ...rawLots,
  ...rawCarrez,
] as const;
type RawColumn = (typeof rawNeeded | typeof rawOthers)[number];

const geoNeeded = [
  'id_mutation',
  'date_mutation',
  'numero_disposition',
  'nature_mutation',
  'valeur_fonciere',
  'adresse_nom_voie',
  'code_commune',
  'nom_commune',
  'code_departement',
  'id_parcelle',
  'type_local',
  'surface_reelle_bati',
] as const;
const places = [1, 2, 3, 4, 5] as const;
const geoLots = places.map((i) => `lot${i}_numero` as const);
const geoCarrez = places.map((i) => `lot${i}_surface_carrez` as const);
const geoOthers = [
  'adresse_numero',
  'adresse_suffixe',
  'code_postal',
  'nombre_pieces_principales',
  'nature_culture',
  'nature_culture_speciale',
  'surface_terrain',
  'longitude',
  'latitude',
  ...geoLots,
  ...geoCarrez,
] as const;
type GeoColumn = (typeof geoNeeded | typeof geoOthers)[number];

export const dvf: Format = deeds(
  csvFormat(
    {
      name: 'dvf',
      title: 'French DVF (valeursfoncieres)',
      detect: (sample) => {
        const fields = (sample.split(/\r\n|\n|\r/, 1)[0] as string).split('|').map((name) => name.trim());
        return rawNeeded.every((name) => fields.includes(name));
      },
    },
    (header) =>
      headerLayout<RawColumn>(
        header.map((name) => name.trim()),
        { needed: rawNeeded, others: rawOthers },
        (row) => saleOf(rawRow(row)),
      ),
    { delimiter: '|', quote: '' },
  ),
);

export const geoDvf: Format = deeds(
  csvFormat(
    { name: 'geo-dvf', title: 'French DVF with coordinates', detect: (sample) => namesColumns(sample, geoNeeded) },
    (header) => headerLayout<GeoColumn>(header, { needed: geoNeeded, others: geoOthers }, (row) => saleOf(geoRow(row))),
  ),
);

/** The format with the rows of each deed as one sale. */
function deeds(format: Format): Format {
  return { ...format, read: (file) => oneSaleEach(format.read(file) as AsyncIterable<Batch>, mergeDeed) };
}

/** The rows of a deed as one sale: its land is all land of the deed, except that of a flat. */
function mergeDeed(rows: Sale[]): Sale[] {
  const buildings = rows.filter(({ type }) => type !== null && type !== 'Terrain' && type !== 'Dépendance');
  // Equal rows are several dwellings, because the numbers that distinguish them are not published.
  const equal = new Set(buildings.map((row) => row.fingerprint)).size < buildings.length;
  const land = new Map((rows as DvfSale[]).map(({ land, landArea }) => [land, landArea ?? 0]));
  const sales = oneSale(rows);
  const main = sales.at(-1);
  if (!main) return sales;
  const total = [...land.values()].reduce((sum, area) => sum + area, 0);
  main.landArea = main.type === 'Appartement' || total === 0 ? null : total;
  if (equal) main.nonStandard ??= 'shared dealing';
  return sales;
}

function rawRow(row: Record<RawColumn, string>): Row {
  const [, day = '', month = '', year = ''] = /^(\d\d)\/(\d\d)\/(\d{4})$/.exec(row['Date mutation']) ?? [];
  const { 'Code departement': department, Section: section, 'No plan': plan } = row;
  // Departments overseas have three characters, and spreadsheets drop leading zeros.
  const region = department.padStart(2, '0');
  const commune = `${region}${row['Code commune'].padStart(5 - region.length, '0')}`;
  const reference = row['Reference document'];
  return {
    date: isoDay(year, month, day),
    nature: row['Nature mutation'],
    price: point(row['Valeur fonciere']),
    disposition: row['No disposition'],
    deed: [reference, row['No disposition'], row['Nature mutation'], commune].join(';'),
    dealing: reference || null,
    houseNumber: `${row['No voie']}${row['B/T/Q']}`,
    street: [row['Type de voie'], row.Voie].filter(Boolean).join(' '),
    postcode: row['Code postal'].replace(/^\d{4}$/, '0$&'),
    commune,
    locality: row.Commune,
    region,
    parcel:
      section && plan
        ? `${commune}${row['Prefixe de section'].padStart(3, '0')}${section.padStart(2, '0')}${plan.padStart(4, '0')}`
        : '',
    lots: rawLots.map((name) => row[name]),
    carrez: rawCarrez.map((name) => point(row[name])),
    type: row['Type local'],
    floorArea: point(row['Surface reelle bati']),
    rooms: row['Nombre pieces principales'],
    use: [row['Nature culture'], row['Nature culture speciale']].filter(Boolean).join(' '),
    landArea: point(row['Surface terrain']),
    latitude: '',
    longitude: '',
  };
}

function point(number: string): string {
  return number.replace(',', '.');
}

function geoRow(row: Record<GeoColumn, string>): Row {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(row.date_mutation) ?? [];
  return {
    date: isoDay(year, month, day),
    nature: row.nature_mutation,
    price: row.valeur_fonciere,
    disposition: row.numero_disposition,
    // The number is assigned again in each edition, so nothing else depends on it.
    deed: `${row.id_mutation};${row.numero_disposition}`,
    dealing: null,
    houseNumber: `${row.adresse_numero}${row.adresse_suffixe}`,
    street: row.adresse_nom_voie,
    postcode: row.code_postal,
    commune: row.code_commune,
    locality: row.nom_commune,
    region: row.code_departement,
    parcel: row.id_parcelle,
    lots: geoLots.map((name) => row[name]),
    carrez: geoCarrez.map((name) => row[name]),
    type: row.type_local,
    floorArea: row.surface_reelle_bati,
    rooms: row.nombre_pieces_principales,
    use: [row.nature_culture, row.nature_culture_speciale].filter(Boolean).join(' '),
    landArea: row.surface_terrain,
    latitude: row.latitude,
    longitude: row.longitude,
  };
}

function saleOf(row: Row): DvfSale {
  const { date, nature, disposition, commune } = row;
  if (!date) throw new ValueError('bad date', 'the date of the mutation is not a date');
  if (!/^(\d{1,12}(\.\d*)?)?$/.test(row.price)) {
    throw new ValueError('bad valeur fonciere', `valeur fonciere "${row.price}" is not a number of euros`);
  }
  if (!commune) throw new ValueError('commune missing', 'the code of the commune is missing');
  const price = Math.round(Number(row.price));
  const street = frenchTitle(row.street);
  const locality = frenchTitle(row.locality);
  const place = [row.houseNumber, street].filter(Boolean).join(' ');
  const property = propertyKey(row, place);
  if (property === '') throw new ValueError('parcel missing', 'the parcel and the street are both missing');
  const floorArea = Number(row.floorArea) === 0 ? '' : row.floorArea;
  const landArea = Number(row.landArea) === 0 ? '' : row.landArea;
  const type = row.type || (row.use || landArea ? 'Terrain' : null);
  return {
    ...blankSale,
    key: [date, commune, price, disposition, property].join(';'),
    propertyKey: property,
    // Without the number of the mutation, which changes with each edition.
    fingerprint: fingerprint(
      [date, nature, price, disposition, property, type, floorArea, row.rooms, row.use, landArea, ...row.carrez]
        .concat(place, locality, row.latitude, row.longitude)
        .join('\x1f'),
    ),
    contractDate: date,
    price,
    type,
    address: [place || `Parcel ${row.parcel}`, locality].filter(Boolean).join(', '),
    street: street || null,
    locality: locality || null,
    region: row.region || null,
    postcode: row.postcode || null,
    floorArea: attributeOf('floor_area', floorArea, 'surface reelle bati'),
    landArea: attributeOf('land_area', landArea, 'surface terrain'),
    latitude: row.longitude ? attributeOf('latitude', row.latitude) : null,
    longitude: row.latitude ? attributeOf('longitude', row.longitude) : null,
    dealing: row.dealing,
    transaction: row.deed,
    nonStandard: natures[nature] ?? notStandard(price, date),
    details: detailsOf({
      nature_mutation: nature,
      parcel: row.parcel,
      lots: row.lots.filter(Boolean).join(' '),
      surface_carrez: row.carrez.filter(Boolean).join(' '),
      nombre_pieces_principales: row.rooms,
      nature_culture: row.use,
    }),
    land: [row.parcel, row.use, landArea].join(';'),
  };
}

/** The natures of mutations that are no sales on the market, and the reason. */
const natures: Record<string, string> = {
  Echange: 'exchange',
  Expropriation: 'expropriation',
  Adjudication: 'court auction',
};

/** A flat without a lot is distinguished by its size. Without a parcel, the address identifies the property; empty if there is none. */
function propertyKey({ parcel, lots, type, floorArea, rooms, commune, street }: Row, place: string): string {
  const numbers = lots.filter(Boolean);
  const site = parcel || (street ? `${commune};${place}` : '');
  if (site === '' || numbers.length > 0) return [site, ...numbers].join(';');
  return type === 'Appartement' ? [site, floorArea, rooms].join(';') : site;
}

/** `AV DE LA REPUBLIQUE` → `Av de la Republique`, `SAINT-JULIEN-SUR-REYSSOUZE` → `Saint-Julien-sur-Reyssouze`. Names in small letters stay. */
const frenchTitle = memoized((text) =>
  /\p{Ll}/u.test(text)
    ? text
    : titleCase(text).replace(/(?<=[ -])(?:De|Du|Des|La|Le|Les|Et|Sur|Sous|Aux|Au|En|Lez|Lès)(?=[ -])/g, (word) =>
        word.toLowerCase(),
      ),
);
