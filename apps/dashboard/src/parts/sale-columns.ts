/** The columns of tables of sales. */
import { useLingui } from '@lingui/react/macro';
import { useMemo } from 'react';
import { type SaleColumn, saleColumns, type saleSorts } from '../address.ts';
import type { Sale } from '../api/types.ts';
import { usePage } from '../use-page.ts';
import { useMarketFacets } from './covered.ts';
import { useCategoryNames } from './details.ts';
import { useReasons } from './left-out.tsx';

export type SaleSort = (typeof saleSorts)[number];

export interface Column {
  name: string;
  sort?: SaleSort;
  number?: boolean;
  /** As a track of a CSS grid. */
  width: string;
  value(sale: Sale): string;
}

const dash = '–';

export function useColumns(): Record<SaleColumn, Column> {
  const { t } = useLingui();
  const { format } = usePage();
  const reasonOf = useReasons();
  const categoryNames = useCategoryNames();
  const count = (value: number | null) => (value === null ? dash : format.count(value));
  const year = (value: number | null) => (value === null ? dash : String(value));
  const flag = (value: number | null) => (value === null ? dash : value === 1 ? t`yes` : t`no`);
  return {
    contract_date: {
      name: t`Signed`,
      sort: 'contract_date',
      width: '88px',
      value: (sale) => format.day(sale.contract_date),
    },
    settlement_date: { name: t`Settled`, width: '96px', value: (sale) => format.day(sale.settlement_date) },
    address: { name: t`Address`, sort: 'address', width: 'minmax(140px, 2fr)', value: (sale) => sale.address },
    locality: { name: t`Locality`, width: 'minmax(90px, 1.2fr)', value: (sale) => sale.locality ?? dash },
    region: { name: t`Region`, width: 'minmax(80px, 1fr)', value: (sale) => sale.region ?? dash },
    postcode: { name: t`Postcode`, width: '80px', value: (sale) => sale.postcode ?? dash },
    type: { name: t`Type`, width: '96px', value: (sale) => sale.type ?? dash },
    bedrooms: { name: t`Bedrooms`, number: true, width: '72px', value: (sale) => count(sale.bedrooms) },
    bathrooms: { name: t`Bathrooms`, number: true, width: '76px', value: (sale) => count(sale.bathrooms) },
    car_spaces: { name: t`Car spaces`, number: true, width: '80px', value: (sale) => count(sale.car_spaces) },
    land_area: {
      name: t`Land`,
      sort: 'land_area',
      number: true,
      width: '78px',
      value: (sale) => format.area(sale.land_area),
    },
    floor_area: {
      name: t`Floor`,
      sort: 'floor_area',
      number: true,
      width: '78px',
      value: (sale) => format.area(sale.floor_area),
    },
    storey: { name: t`Storey`, number: true, width: '68px', value: (sale) => count(sale.storey) },
    year_built: { name: t`Year built`, number: true, width: '80px', value: (sale) => year(sale.year_built) },
    lease_start: { name: t`Lease from`, number: true, width: '80px', value: (sale) => year(sale.lease_start) },
    lease_remaining: {
      name: t`Lease left, years`,
      number: true,
      width: '84px',
      value: (sale) => count(sale.lease_remaining),
    },
    grade: { name: t`Grade`, number: true, width: '64px', value: (sale) => count(sale.grade) },
    year_renovated: { name: t`Renovated`, number: true, width: '84px', value: (sale) => year(sale.year_renovated) },
    condition: { name: t`Condition`, number: true, width: '80px', value: (sale) => count(sale.condition) },
    waterfront: { name: t`Waterfront`, width: '84px', value: (sale) => flag(sale.waterfront) },
    tenure: { name: categoryNames.tenure, width: '88px', value: (sale) => sale.tenure ?? dash },
    flat_model: { name: categoryNames.flat_model, width: '120px', value: (sale) => sale.flat_model ?? dash },
    zoning: { name: categoryNames.zoning, width: '72px', value: (sale) => sale.zoning ?? dash },
    new_build: {
      name: t`New build`,
      width: '80px',
      value: (sale) => flag(sale.new_build),
    },
    approximate: {
      name: t`On the map`,
      width: '96px',
      value: (sale) =>
        sale.latitude === null ? dash : sale.approximate === null ? t`exactly` : t`by ${sale.approximate}`,
    },
    non_standard: {
      name: t`Left out`,
      width: 'minmax(96px, 1fr)',
      value: (sale) => (sale.non_standard === null ? dash : reasonOf(sale.non_standard).name),
    },
    price: { name: t`Price`, sort: 'price', number: true, width: '94px', value: (sale) => format.price(sale.price) },
  };
}

/** The columns that the market's sales can fill, and those that are shown unless others are chosen. */
export function useOfferedColumns(): { offered: SaleColumn[]; usual: SaleColumn[] } {
  const { data } = useMarketFacets();
  return useMemo(() => {
    const stated: Partial<Record<string, number>> = data?.stated ?? {};
    const offered = saleColumns.filter((column) => stated[column] !== 0);
    const size = stated.land_area === 0 && (stated.floor_area ?? 0) > 0 ? 'floor_area' : 'land_area';
    const usual: SaleColumn[] = ['contract_date', 'address', 'locality', 'type', size, 'price'];
    return { offered, usual: usual.filter((column) => offered.includes(column)) };
  }, [data]);
}
