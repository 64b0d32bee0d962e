import { useLingui } from '@lingui/react/macro';
import type { Schedule } from '../api/reporting.ts';

export type Rhythm = Schedule['rhythm'];

/** The names of the days of a week, Monday first. */
export function useWeekdays(): string[] {
  const { i18n } = useLingui();
  const format = new Intl.DateTimeFormat(i18n.locale, { weekday: 'long', timeZone: 'UTC' });
  // The first day of 2024 was a Monday.
  return Array.from({ length: 7 }, (_, i) => format.format(Date.UTC(2024, 0, 1 + i)));
}

/** When a schedule runs, in words. */
export function useRhythmWords(): (rhythm: Rhythm) => string {
  const { t } = useLingui();
  const weekdays = useWeekdays();
  return ({ every, time, time_zone: zone, weekday = 1, day }) => {
    const place = zone?.split('/').at(-1)?.replaceAll('_', ' ');
    switch (every) {
      case 'new_data':
        return t`when new data arrives`;
      case 'day':
        return t`each day at ${time}, ${place}`;
      case 'week':
        return t`each ${weekdays[weekday - 1]} at ${time}, ${place}`;
      case 'month':
        return day === 'last'
          ? t`on the last day of each month at ${time}, ${place}`
          : t`on day ${day} of each month at ${time}, ${place}`;
    }
  };
}
