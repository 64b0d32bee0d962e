import { Trans, useLingui } from '@lingui/react/macro';
import { positionScale, ticksOf } from '@property-insights/charts';
import type { Estimate } from '../api/types.ts';
import { colourOfKind, useKinds } from '../parts/kinds.ts';
import { useWidth } from '../parts/use-width.ts';
import { usePage } from '../use-page.ts';
import { useReasonTexts } from './reasons.ts';
import classes from './value.module.css';

/** The estimate with its range, the prices that it rests on, and how good such estimates were. */
export function Value({ estimate: answer, unchosen }: { estimate: Estimate; unchosen: Estimate | undefined }) {
  const { t } = useLingui();
  const { format, show } = usePage();
  const reasonText = useReasonTexts();
  const { estimate, low, high, accuracy, confidence, baseline } = answer;
  const levels = { high: t`high`, medium: t`medium`, low: t`low` };
  return (
    <>
      <p className={classes.figure}>{format.roughPrice(estimate)}</p>
      <p className={classes.range}>
        {low === null || high === null ? (
          <Trans>Too few sales can be held out to state a range.</Trans>
        ) : (
          <Trans>
            Eight in ten like it would sell for{' '}
            <b>
              {format.roughPrice(low)} to {format.roughPrice(high)}
            </b>
            .
          </Trans>
        )}
      </p>
      {unchosen && (
        <p className={classes.unchosen}>
          <span>
            <Trans>
              By your choice of comparables ({answer.chosen.excluded} left out, {answer.chosen.included} added). Without
              it <b>{format.roughPrice(unchosen.estimate)}</b>: your choice changes it by{' '}
              <b>{format.change(estimate / unchosen.estimate - 1)}</b>.
            </Trans>
          </span>
          <button
            type="button"
            className="button small screen"
            onClick={() => show({ exclude: undefined, include: undefined, rank: undefined })}
          >
            <Trans>Undo the choice</Trans>
          </button>
        </p>
      )}
      <Strip estimate={answer} />
      <table className={`table ${classes.sure}`}>
        <tbody>
          <tr>
            <th scope="row">
              <Trans>How sure</Trans>
            </th>
            <td className="number">
              <span className={classes.level}>{levels[confidence.level]}</span>
            </td>
          </tr>
          {accuracy && (
            <>
              <tr>
                <th scope="row">
                  <Trans>Of {format.count(accuracy.sales)} sales held back, sold within their range</Trans>
                </th>
                <td className="number">
                  <b>{format.percent(accuracy.coverage)}</b>{' '}
                  <span className="muted">
                    <Trans>aim 80%</Trans>
                  </span>
                </td>
              </tr>
              <tr>
                <th scope="row">
                  <Trans>Half of those estimates were off by less than</Trans>
                </th>
                <td className="number">{format.share(accuracy.median_absolute_error)}</td>
              </tr>
              {accuracy.baseline_median_absolute_error !== null && (
                <tr>
                  <th scope="row">
                    <Trans>The local median alone, by less than</Trans>
                  </th>
                  <td className="number">{format.share(accuracy.baseline_median_absolute_error)}</td>
                </tr>
              )}
            </>
          )}
          {baseline.median !== null && (
            <tr>
              <th scope="row">
                <Trans>The local median, of {format.count(baseline.sales)} sales</Trans>
              </th>
              <td className="number">{format.price(baseline.median)}</td>
            </tr>
          )}
        </tbody>
      </table>
      <ul className={`note ${classes.reasons}`}>
        {confidence.coded_reasons.map((reason) => (
          <li key={reason.code}>{reasonText(reason)}</li>
        ))}
      </ul>
    </>
  );
}

const height = 92;
const line = 46;
const labelWidth = 50;

/** The adjusted prices of the comparables around the estimate and its range. */
function Strip({ estimate: { estimate, low, high, comparables, subject } }: { estimate: Estimate }) {
  const { t } = useLingui();
  const { format } = usePage();
  const [ref, width] = useWidth();
  const colour = colourOfKind(useKinds()(subject.type) ?? 0);
  const prices = [estimate, ...comparables.map(({ adjusted_price: price }) => price)];
  const scale = positionScale(Math.min(...prices, low ?? estimate), Math.max(...prices, high ?? estimate));
  const x = (price: number) => 22 + ((price - scale.min) / (scale.max - scale.min || 1)) * (width - 44);
  const ticks = ticksOf(scale);
  /** The ends of the range are written outside it, since they overlap inside a short one, unless they would be cut. */
  const anchorOf = (at: number, isLow: boolean) => {
    if (isLow) return at < labelWidth ? 'start' : 'end';
    return at > width - labelWidth ? 'end' : 'start';
  };
  return (
    <div ref={ref} className={classes.strip}>
      {width > 0 && (
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={t`The comparables’ prices after adjustment: ${format.price(Math.min(...prices))} to ${format.price(Math.max(...prices))}`}
        >
          {low !== null && high !== null && (
            <>
              <rect x={x(low)} y={line - 12} width={x(high) - x(low)} height="24" fill={colour} opacity="0.16" />
              {[low, high].map((end, i) => (
                <g key={end}>
                  <path d={`M${x(end)} ${line - 12}V${line + 12}`} stroke={colour} strokeWidth="1.5" />
                  <text x={x(end)} y={line - 18} textAnchor={anchorOf(x(end), i === 0)} className={classes.end}>
                    {format.shortPrice(end)}
                  </text>
                </g>
              ))}
            </>
          )}
          <path d={`M0 ${line}H${width}`} stroke="var(--strongRule)" />
          {comparables.map(({ id, adjusted_price: price, weight }) => (
            <circle key={id} cx={x(price)} cy={line} r={3 + Math.sqrt(weight) * 10} fill={colour} opacity="0.5" />
          ))}
          <path d={`M${x(estimate)} ${line - 26}V${line + 16}`} stroke="var(--ink)" strokeWidth="2" />
          <text x={x(estimate)} y={line - 32} textAnchor="middle" className={classes.middle}>
            {format.shortPrice(estimate)}
          </text>
          {ticks.map((price) => (
            <text key={price} x={x(price)} y={height - 8} textAnchor="middle" className={classes.end}>
              {format.chart('month').axisPrice(price)}
            </text>
          ))}
        </svg>
      )}
      <p className="note">
        <Trans>Dots: the comparables’ prices after adjustment; the larger, the more they count.</Trans>
      </p>
    </div>
  );
}
