/** The names of the methods of a price index, what each does, and when it misleads. */
import { useLingui } from '@lingui/react/macro';
import type { IndexMethod } from '../address.ts';

/** Index of the colour of each method; the last two of repeat sales are grey. */
export const kindOfMethod: Record<IndexMethod, number | undefined> = {
  hedonic: 0,
  rolling_hedonic: 1,
  stratified_median: 3,
  median: 2,
  mean: 4,
  repeat_sales: 5,
  case_shiller: 6,
  arithmetic_repeat_sales: undefined,
};

interface MethodText {
  name: string;
  does: string;
  misleads: string;
}

export function useMethods(): Record<IndexMethod, MethodText> {
  const { t } = useLingui();
  const pairs = t`Misleads where homes were improved between two sales, and rests on few sales where files cover few years.`;
  return {
    hedonic: {
      name: t`Hedonic`,
      does: t`Compares like with like: what a home with the same areas and rooms in the same locality would have fetched in each period.`,
      misleads: t`Misleads where homes change in ways that the register does not record, such as renovation.`,
    },
    rolling_hedonic: {
      name: t`Rolling hedonic`,
      does: t`The same comparison within a window of about a year, so that the worth of land and rooms may change.`,
      misleads: t`Misleads where a window has few sales: errors of the links add up.`,
    },
    stratified_median: {
      name: t`Stratified median`,
      does: t`The median within groups of localities of a price and a type, put together by their usual shares.`,
      misleads: t`Misleads when the mix of homes changes inside a group.`,
    },
    median: {
      name: t`Median`,
      does: t`The price in the middle of the sales of each period.`,
      misleads: t`Misleads when the mix changes: a month with few dear homes reads as a fall.`,
    },
    mean: {
      name: t`Mean`,
      does: t`The average price of the sales of each period.`,
      misleads: t`Misleads when the mix changes, and a few very dear homes move it.`,
    },
    repeat_sales: {
      name: t`Repeat sales`,
      does: t`Follows the same home from one sale to the next.`,
      misleads: pairs,
    },
    case_shiller: {
      name: t`Case–Shiller`,
      does: t`Repeat sales, where two sales far apart in time count less.`,
      misleads: pairs,
    },
    arithmetic_repeat_sales: {
      name: t`Arithmetic repeat sales`,
      does: t`Repeat sales in which a home counts by its price, as a portfolio of all homes would change.`,
      misleads: pairs,
    },
  };
}
