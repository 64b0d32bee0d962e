/** What every part of a view needs: the address, the market, and how to write its numbers. */
import { useLingui } from '@lingui/react/macro';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { type Address, type Filters, filtersOf } from './address.ts';
import { useMarkets } from './api/queries.ts';
import type { Market } from './api/types.ts';
import { areaUnits, type Format, formatOf } from './format.ts';
import { type Language, localeOf } from './i18n.ts';
import { useRemembered } from './use-remembered.ts';

export interface Page {
  address: Address;
  filters: Filters;
  /** undefined until the markets are loaded, and for an unknown code. */
  market: Market | undefined;
  format: Format;
  /** Changes the address. Each change is one entry in the browser's history. */
  show(change: Partial<Address>): void;
}

/** ISO 4217 for "no currency", while the market is not known. */
const noCurrency = 'XXX';

/** By locale and currency. Every part of a view has the same one: making a format takes milliseconds. */
const formats = new Map<string, Format>();

export function usePage(): Page {
  const address = useSearch({ from: '__root__' });
  const navigate = useNavigate();
  const markets = useMarkets();
  const { i18n, t } = useLingui();
  const market = markets.data?.find(({ code, is_default }) =>
    address.market === undefined ? is_default : code === address.market,
  );
  const filters = useMemo(() => filtersOf(address), [address]);
  const areaUnit = useRemembered('areaUnit');
  // It changes what `localeOf` returns.
  useRemembered('locale');
  const locale = localeOf(i18n.locale as Language);
  const format = useMemo(() => {
    const unit = areaUnits.find((each) => each === areaUnit);
    const currency = market?.currency ?? noCurrency;
    const key = `${locale} ${currency} ${unit}`;
    const made = formats.get(key) ?? formatOf(locale, currency, (from, to) => t`${from} to ${to}`, unit);
    formats.set(key, made);
    return made;
  }, [locale, market?.currency, areaUnit, t]);
  const show = useCallback(
    (change: Partial<Address>) => {
      navigate({ to: '.', search: (before: Address) => ({ ...before, ...change }), resetScroll: false });
    },
    [navigate],
  );
  return useMemo(() => ({ address, filters, market, format, show }), [address, filters, market, format, show]);
}
