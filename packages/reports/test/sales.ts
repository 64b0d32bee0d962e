/** Sales that reports are made of in tests. */
import type { SaleFixture } from '../../analytics/test/fixture-market.ts';

/** Names that a document must show as they are. */
export const hostile = [
  '=HYPERLINK("http://evil.example","x")',
  '<img src=x onerror=alert(1)>&amp;',
  '#import "@preview/x:1.0.0"; #panic() $x$ *b* _i_ @a <b> \\',
  'شارع النيل 12, Cairo',
  '東京都 서울 กรุงเทพ',
  '🏠👩‍👩‍👧',
  `Llan${'fair'.repeat(75)}`,
  'null\u0000control\u001b and half a pair \ud800, \u{13000} of Egypt',
];
const months = Array.from({ length: 18 }, (_, i) => new Date(Date.UTC(2023, i, 15)).toISOString().slice(0, 10));

/** Sales of 18 months in two places and some with hostile names. */
export function sales(): SaleFixture[] {
  const places = [
    { locality: 'Parramatta', region: 'NSW', postcode: '2150', latitude: -33.81, longitude: 151 },
    { locality: 'Mosman', region: 'NSW', postcode: '2088', latitude: -33.83, longitude: 151.24 },
  ];
  const plain = months.flatMap((day, i) =>
    places.flatMap((place, k) =>
      Array.from({ length: 8 }, (_, n) => ({
        ...place,
        property: 1000 * i + 100 * k + n,
        price: 700_000 + 400_000 * k + 9_000 * i + 21_000 * n,
        address: `${n + 1} Green St, ${place.locality}`,
        street: 'Green St',
        type: n % 3 === 0 ? 'Unit' : 'House',
        land_area: 400 + 10 * n,
        contract_date: day,
      })),
    ),
  );
  const others = hostile.map((name, i) => ({
    property: 90_000 + i,
    price: 500_000 + i,
    address: name.toWellFormed().replaceAll('\u0000', ''),
    locality: name.toWellFormed().replaceAll('\u0000', ''),
    region: 'NSW',
    type: 'House',
    contract_date: '2024-05-01',
    latitude: -33.8,
    longitude: 151.1,
  }));
  return [...plain, ...others];
}

/** Parameters of each report that are valid for these sales. */
export const parameters: Record<string, Record<string, unknown>> = {
  'property-summary': { by: 'locality' },
  'market-report': {},
  'area-comparison': { area: ['Parramatta', 'Mosman'] },
  valuation: { id: 17_100 },
  'data-quality': {},
};
