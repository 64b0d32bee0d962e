import { Trans, useLingui } from '@lingui/react/macro';
import { positionScale, ticksOf } from '@property-insights/charts';
import type { Estimate } from '../api/types.ts';
import { useWidth } from '../parts/use-width.ts';
import { usePage } from '../use-page.ts';
import classes from './bridge.module.css';
import { useStepNames } from './subject.ts';

type Comparable = Estimate['comparables'][number];

const row = 33;
/** With the values that differ between the names and the bars, and without. */
const labels = { wide: 230, narrow: 118 };
const amounts = 92;

/** The steps from the price of a comparable to the price of the subject, as bars that add up. */
export function Bridge({ comparable }: { comparable: Comparable | undefined }) {
  const { t } = useLingui();
  const { format } = usePage();
  const nameOf = useStepNames();
  const [ref, width] = useWidth();
  if (!comparable) return null;
  const { price, steps, adjusted_price: adjusted } = comparable;
  const prices = [price, adjusted, ...steps.map((step) => step.price)];
  // Without any difference, the scale still needs a width.
  const scale = positionScale(Math.min(...prices) * 0.98, Math.max(...prices) * 1.02, 3);
  const narrow = width < 420;
  const left = narrow ? labels.narrow : labels.wide;
  const ticks = ticksOf(scale);
  const x = (value: number) =>
    left + ((value - scale.min) / (scale.max - scale.min || 1)) * Math.max(0, width - left - amounts);
  const written = (name: string, value: string | number) =>
    name === 'time'
      ? format.day(String(value))
      : name === 'year_built' || name === 'lease_start'
        ? String(value)
        : name.endsWith('_area')
          ? format.area(Number(value))
          : typeof value === 'number'
            ? format.count(value)
            : value;
  const change = ({ name, from, to }: (typeof steps)[number]) =>
    name === 'resale' ? t`after ${format.decimal(Number(to))} years` : `${written(name, from)} → ${written(name, to)}`;
  const height = (steps.length + 2) * row + 22;
  const signed = (amount: number) =>
    Math.round(amount) === 0 ? '0' : `${amount > 0 ? '+' : '−'}${format.price(Math.abs(amount))}`;
  const middle = (i: number) => i * row + row / 2;
  return (
    <div ref={ref}>
      {width > 0 && (
        <svg width={width} height={height} className={classes.bridge} aria-hidden="true">
          {ticks
            .filter((_, i) => !narrow || i === 0 || i === ticks.length - 1)
            .map((value) => (
              <g key={value}>
                <path d={`M${x(value)} 0V${height - 22}`} stroke="var(--rule)" />
                <text x={x(value)} y={height - 4} textAnchor="middle" className={classes.small}>
                  {format.chart('month').axisPrice(value)}
                </text>
              </g>
            ))}
          <text x="0" y={middle(0) + 5} className={classes.end}>
            {t`Sold for`}
          </text>
          <circle cx={x(price)} cy={middle(0)} r="5" fill="var(--ink)" />
          <text x={width} y={middle(0) + 5} textAnchor="end" className={classes.end}>
            {format.price(price)}
          </text>
          {steps.map((step, i) => {
            const from = i === 0 ? price : (steps[i - 1]?.price ?? price);
            const [start, end] = [Math.min(x(from), x(step.price)), Math.max(x(from), x(step.price))];
            const colour = step.amount < 0 ? 'var(--kind-1)' : 'var(--kind-0)';
            return (
              <g key={step.name}>
                <path d={`M${x(from)} ${middle(i)}V${middle(i + 1)}`} stroke="var(--ink3)" strokeDasharray="2 2" />
                <text x="0" y={middle(i + 1) + 5}>
                  {nameOf(step.name)}
                </text>
                {!narrow && (
                  <text x="92" y={middle(i + 1) + 5} className={classes.small}>
                    {step.name === 'time' ? format.day(String(step.from)) : change(step)}
                  </text>
                )}
                <rect x={start} y={middle(i + 1) - 7} width={Math.max(1.5, end - start)} height="14" fill={colour} />
                <text
                  x={width}
                  y={middle(i + 1) + 5}
                  textAnchor="end"
                  style={{ fill: step.amount < 0 ? 'var(--letter-1)' : 'var(--letter-0)' }}
                >
                  {signed(step.amount)}
                </text>
              </g>
            );
          })}
          <path
            d={`M${x(adjusted)} ${middle(steps.length)}V${middle(steps.length + 1)}`}
            stroke="var(--ink3)"
            strokeDasharray="2 2"
          />
          <text x="0" y={middle(steps.length + 1) + 5} className={classes.end}>
            {t`Comparable price`}
          </text>
          <circle cx={x(adjusted)} cy={middle(steps.length + 1)} r="5" fill="var(--ink)" />
          <text x={width} y={middle(steps.length + 1) + 5} textAnchor="end" className={classes.end}>
            {format.price(adjusted)}
          </text>
        </svg>
      )}
      <ul className="hidden">
        <li>
          <Trans>Sold for {format.price(price)}</Trans>
        </li>
        {steps.map((step) => (
          <li key={step.name}>
            {nameOf(step.name)}: {change(step)}, {signed(step.amount)}
          </li>
        ))}
        <li>
          <Trans>Comparable price {format.price(adjusted)}</Trans>
        </li>
      </ul>
    </div>
  );
}
