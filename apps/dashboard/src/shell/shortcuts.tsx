import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Dialog } from '../parts/dialog.tsx';
import { remembered } from '../preferences.ts';
import classes from './shortcuts.module.css';
import { useViews } from './views.ts';

/** The shortcuts, and what the marks of the page mean. */
export default function Shortcuts({ onClose }: { onClose(): void }) {
  const { t } = useLingui();
  const views = useViews();
  const [single, setSingle] = useState(remembered.keys.read() !== 'off');
  const keys: [string, string][] = [
    ['Ctrl K, /', t`Any place, view, market or action`],
    ...views.map(({ title }, i): [string, string] => [String(i + 1), title]),
    ['d', t`Light or dark`],
    ['?', t`This list`],
    ['← → ↑ ↓', t`Along the points of a chart, and between its lines`],
    ['Enter', t`Opens the sales behind a point`],
    ['t', t`Table of the chart that has the focus`],
    ['c', t`Cites the chart or figure that has the focus`],
    ['Esc', t`Closes what is open`],
  ];
  return (
    <Dialog title={<Trans>Help</Trans>} onClose={onClose}>
      <ul className={classes.marks}>
        <li>
          <span className="door">1,015,000</span>{' '}
          <Trans>A dotted underline opens the very sales that the figure is made of.</Trans>
        </li>
        <li>
          <Trans>Solid is known. Dotted, hollow and hatched may still change, because files are still arriving.</Trans>
        </li>
        <li>
          <Trans>A band around a line is the middle half of the prices. A median is the price in the middle.</Trans>
        </li>
        <li>
          <Trans>A view is saved in this browser under a name that is typed into “Place, view, action”.</Trans>
        </li>
      </ul>
      <dl className={classes.keys}>
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd className="key">{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label className={classes.single}>
        <input
          type="checkbox"
          checked={single}
          onChange={({ target }) => {
            setSingle(target.checked);
            remembered.keys.write(target.checked ? undefined : 'off');
          }}
        />
        <Trans>Single keys are shortcuts</Trans>
      </label>
    </Dialog>
  );
}
