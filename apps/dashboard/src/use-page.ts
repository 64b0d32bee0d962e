/** What every part of a view needs: the address, the market, and how to write its numbers. */
import { useLingui } from '@lingui/react/macro';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { type Address, type Filters, filtersOf } from './address.ts';
import { useMarkets } from './api/queries.ts';
import type { Market } from './api/types.ts';
import { type Format, formatOf } from './format.ts';
import { type Language, localeOf } from './i18n.ts';

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
  const format = useMemo(() => {
    const [locale, currency] = [localeOf(i18n.locale as Language), market?.currency ?? noCurrency];
    const key = `${locale} ${currency}`;
    const made = formats.get(key) ?? formatOf(locale, currency, (from, to) => t`${from} to ${to}`);
    formats.set(key, made);
    return made;
  }, [i18n.locale, market?.currency, t]);
  const show = useCallback(
    (change: Partial<Address>) => {
      navigate({ to: '.', search: (before: Address) => ({ ...before, ...change }), resetScroll: false });
    },
    [navigate],
  );
  return useMemo(() => ({ address, filters, market, format, show }), [address, filters, market, format, show]);
}
