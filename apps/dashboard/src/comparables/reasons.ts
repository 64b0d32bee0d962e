/** Why the confidence in an estimate is what it is, in the language and units of the reader. */
import { useLingui } from '@lingui/react/macro';
import type { Estimate } from '../api/types.ts';
import { usePage } from '../use-page.ts';
import { useStepNames } from './subject.ts';

type Reason = Estimate['confidence']['coded_reasons'][number];

export function useReasonTexts(): (reason: Reason) => string {
  const { t } = useLingui();
  const { format } = usePage();
  const nameOf = useStepNames();
  const { count, day, roughPrice, share, shortPrice } = format;
  return (reason) => {
    switch (reason.code) {
      case 'chosen_by_hand':
        return t`You chose comparables by hand: ${count(reason.excluded)} left out, ${count(reason.included)} added. The range is measured on estimates without such a choice.`;
      case 'own_earlier_sale':
        return t`An earlier sale of the dwelling, of ${day(reason.contract_date)}, is among the comparables.`;
      case 'same_street':
        return t`In the same street: ${count(reason.in_street)} of the ${count(reason.comparables)} comparables.`;
      case 'elsewhere_in_region':
        return t`${count(reason.comparables)} are from elsewhere in the region, because there are too few nearby.`;
      case 'rebuilt':
        return t`Its own earlier sale, before it was rebuilt, is left out.`;
      case 'newest_comparable':
        return t`The newest was sold on ${day(reason.contract_date)}; the valuation day is ${day(reason.valued_on)}.`;
      case 'adjusted_prices':
        return t`Their adjusted prices are from ${shortPrice(reason.low)} to ${shortPrice(reason.high)}.`;
      case 'price_model':
        return t`The price model alone estimates ${roughPrice(reason.price)}, with a weight of ${share(reason.weight)}.`;
      case 'unknown_attributes':
        return t`Prices in this market depend on attributes that are not known of the dwelling: ${format.list(reason.attributes.map(nameOf))}.`;
      case 'large_areas':
        return t`It is among the largest tenth of sales by ${format.list(reason.areas.map(nameOf))}. The range accounts for the errors of such estimates.`;
      case 'not_measured':
        return t`Too few sales can be held out to measure the error of estimates.`;
      case 'held_out_coverage':
        return t`Of ${count(reason.sales)} held-out sales like it, ${share(reason.coverage)} sold within their range.`;
      case 'median_error':
        return t`Half of the estimates in this market have an error of less than ${share(reason.median_absolute_error)}.`;
    }
  };
}
