import { Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import classes from './explained.module.css';
import { Popover } from './popover.tsx';

/** A measure, or how a chart shows it. */
export type Measure =
  | 'areaChange'
  | 'band'
  | 'cells'
  | 'change'
  | 'colours'
  | 'indexed'
  | 'interval'
  | 'known'
  | 'ledger'
  | 'luck'
  | 'median'
  | 'ratios'
  | 'sales'
  | 'share'
  | 'spread'
  | 'together';

/** The name and the meaning of each measure. */
function useMeasures(): Record<Measure, [name: string, meaning: string]> {
  const { t } = useLingui();
  return {
    median: [
      t`Median`,
      t`The price in the middle: half of the sales cost less, half cost more. Of an even number of sales, it is the mean of the two prices in the middle.`,
    ],
    interval: [
      t`95% interval`,
      t`If sales were drawn again and again from the same market, 19 of 20 such intervals would contain the market’s median. Few sales make it wide.`,
    ],
    band: [t`Middle half`, t`The band around a line: a quarter of the prices are below it, a quarter above.`],
    sales: [
      t`Sales`,
      t`Standard sales only: of a whole interest, in a dealing of their own, at more than a nominal price, with a credible contract date. The others are left out, and counted beside the figure.`,
    ],
    share: [t`Share`, t`The part of the sales that match the sentence.`],
    together: [t`Sold for, together`, t`The sum of the prices.`],
    change: [
      t`Change`,
      t`The median of the later period relative to the median of the earlier one. What was sold may differ between them: the price index allows for that. A change is clear if its 95% interval does not contain 0.`,
    ],
    areaChange: [
      t`1, 3 and 5 years`,
      t`The median of the last year of the covered period relative to the median of one, three or five years before, with its 95% interval. Coloured if the interval does not contain 0.`,
    ],
    luck: [
      t`By luck alone`,
      t`Even if no median had changed, up to one area in twenty would appear to have moved, because its sales differ.`,
    ],
    known: [
      t`Known`,
      t`The share of the sales of a period that has arrived, estimated from how late the sales of earlier periods arrived. A period is covered from 90% on; others are dotted or hatched, and lead no figure.`,
    ],
    ratios: [t`Equal ratios`, t`On this scale, the distance from a price to twice the price is the same everywhere.`],
    spread: [t`Area`, t`The area over a range of prices is the share of the sales at these prices.`],
    cells: [t`Cell`, t`Its size grows with the number of sales at this price and of this size.`],
    colours: [
      t`Colours`,
      t`They divide the places into classes of much the same number. More is farther from the ground. A ring is a place with few sales.`,
    ],
    indexed: [
      t`Index`,
      t`Each line divided by its own value in the first covered period, times 100. It compares changes, not prices.`,
    ],
    ledger: [
      t`Rows`,
      t`From rows read to the sales of the figures, each step states how many rows were taken out and why.`,
    ],
  };
}

interface ExplainedProps {
  /** The name of the button. */
  name: string;
  measures: readonly Measure[];
  className?: string;
  children?: ReactNode;
}

/** A word that opens what measures mean, where they are. */
export function Explained({ name, measures, className, children }: ExplainedProps) {
  const meanings = useMeasures();
  return (
    <Popover className={className} name={name} label={children ?? <Trans>Explain</Trans>}>
      {() => (
        <dl className={classes.meanings}>
          {measures.map((measure) => {
            const [name, meaning] = meanings[measure];
            return (
              <div key={measure}>
                <dt>{name}</dt>
                <dd>{meaning}</dd>
              </div>
            );
          })}
        </dl>
      )}
    </Popover>
  );
}
