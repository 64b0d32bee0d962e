import { Trans } from '@lingui/react/macro';
import type { IndexMethod } from '../address.ts';
import { Door } from '../parts/door.tsx';
import { useMethods } from '../parts/index-methods.ts';
import { NotesOf, usePlacedNotes } from '../parts/notes.tsx';
import { usePage } from '../use-page.ts';
import classes from './every-value.module.css';
import type { IndexShape } from './index-shape.ts';
import { useRowsOfValue } from './rows-of-value.ts';

/** Every value of every method, the latest first; on a phone, of the methods that the chart shows. */
export function EveryValue({
  shape: { periods, series, interval, base },
  shown,
}: {
  shape: IndexShape;
  shown: IndexMethod[];
}) {
  const { format } = usePage();
  const rowsOf = useRowsOfValue(interval);
  const texts = useMethods();
  const notes = usePlacedNotes(periods, interval);
  const className = (method: IndexMethod) => (shown.includes(method) ? 'number' : `number ${classes.wide}`);
  return (
    <div className={classes.scroller}>
      <table className={`table ${classes.values}`}>
        <thead>
          <tr>
            <th scope="col">
              <Trans>Period</Trans>
            </th>
            {series.map(({ method }) => (
              <th key={method} scope="col" className={className(method)}>
                {texts[method].name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {periods
            .map(({ day, coverage, known }, i) => {
              return (
                <tr key={day} className={coverage === 'covered' ? undefined : 'muted'}>
                  <th scope="row">
                    {format.period(day, interval)}
                    <NotesOf period={i} notes={notes} />
                    {known !== null && known < 0.995 && (
                      <small>
                        <Trans>{format.percent(known)} known</Trans>
                      </small>
                    )}
                  </th>
                  {series.map(({ method, points, values }) => {
                    const [point, value] = [points[i], values[i]];
                    if (!point || !value) {
                      return (
                        <td key={method} className={className(method)}>
                          –
                        </td>
                      );
                    }
                    const half = value.low === null || value.high === null ? undefined : (value.high - value.low) / 2;
                    return (
                      <td key={method} className={`${className(method)} ${value.thin ? 'muted' : ''}`}>
                        <Door
                          rows={rowsOf(method, day)}
                          name={`${texts[method].name}, ${format.period(day, interval)}: ${format.decimal(value.value)}`}
                        >
                          {format.decimal(value.value)}
                        </Door>
                        <small>
                          {day === base ? <Trans>base</Trans> : half !== undefined && `± ${format.decimal(half)}`}
                        </small>
                      </td>
                    );
                  })}
                </tr>
              );
            })
            .reverse()}
        </tbody>
      </table>
    </div>
  );
}
