/** The parameters of a report, from the address. */
import { useLingui } from '@lingui/react';
import { useMemo } from 'react';
import type { Address, Level } from '../address.ts';
import type { Parameters, Report } from '../api/reporting.ts';
import { usePage } from '../use-page.ts';

/** The levels that a report lists or compares. */
export const levelsOf = ({ name }: Report): readonly Level[] =>
  name === 'market-report' ? ['region', 'locality', 'postcode'] : ['region', 'locality', 'postcode_prefix', 'postcode'];

/** The parameters of a subject that are text. The other ones are numbers. */
const texts = ['address', 'type', 'locality', 'region', 'postcode', 'valued_on'];

function subjectParameters(subject: string): Parameters {
  const entries = [...new URLSearchParams(subject)];
  return Object.fromEntries(entries.map(([name, value]) => [name, texts.includes(name) ? value : Number(value)]));
}

/** The parameters of the report of the address, with its market; without a version, they stand for the current one. */
function parametersOf(report: Report, address: Address, market: string, language: string): Parameters {
  const { level, subject = '' } = address;
  const given: Parameters = {
    ...(report.name === 'valuation' ? subjectParameters(subject) : address),
    level: level && levelsOf(report).includes(level) ? level : undefined,
    notes: address.notes && true,
    market,
  };
  const own = report.parameters.map((name) => [name, given[name]] as const);
  const known = own.filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0));
  return {
    ...Object.fromEntries(known),
    language: address.language ?? language,
    ...(address.paper === 'letter' && { paper: address.paper }),
    ...(address.commentary && { commentary: address.commentary }),
    ...(address.as_of !== undefined && { as_of: address.as_of }),
  };
}

export function useParameters(report: Report): Parameters {
  const { address, market } = usePage();
  const { i18n } = useLingui();
  return useMemo(
    () => parametersOf(report, address, market?.code ?? '', i18n.locale),
    [report, address, market?.code, i18n.locale],
  );
}
