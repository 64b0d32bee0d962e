/** When a schedule runs. */
import { Cron } from 'croner';
import { type Static, Type } from 'typebox';

const time = Type.String({
  pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
  'x-expected': 'a time of day, such as 07:30',
  description: 'The time of day, such as 07:30.',
});
const timeZone = Type.String({
  pattern: '^[A-Za-z][A-Za-z0-9_+/-]{1,49}$',
  'x-expected': 'the name of a time zone, such as Europe/Berlin',
  description: 'The name of a time zone, such as Europe/Berlin.',
});

export const rhythmSchema = Type.Object(
  {
    every: Type.Enum(['day', 'week', 'month', 'new_data'], {
      description: '`new_data`: when the market has a new version, at most once an hour.',
    }),
    time: Type.Optional(time),
    time_zone: Type.Optional(timeZone),
    weekday: Type.Optional(Type.Integer({ minimum: 1, maximum: 7, description: '`week`: 1 is Monday, 7 is Sunday.' })),
    day: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1, maximum: 28 }), Type.Literal('last')], {
        'x-expected': 'a day from 1 to 28, or last',
        description: '`month`: the day from 1 to 28, or `last`.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type Rhythm = Static<typeof rhythmSchema>;

/** Members that each rhythm needs. */
const needed: Record<Rhythm['every'], (keyof Rhythm)[]> = {
  day: ['time', 'time_zone'],
  week: ['time', 'time_zone', 'weekday'],
  month: ['time', 'time_zone', 'day'],
  new_data: [],
};

/** What is wrong with a rhythm, as a sentence; undefined if nothing is. */
export function faultOf(rhythm: Rhythm): string | undefined {
  const wanted = needed[rhythm.every];
  const missing = wanted.find((member) => rhythm[member] === undefined);
  if (missing) return `Missing member "rhythm.${missing}": a rhythm of every ${rhythm.every} needs it.`;
  const extra = Object.keys(rhythm).find((member) => member !== 'every' && !wanted.includes(member as keyof Rhythm));
  if (extra) return `Member "rhythm.${extra}" is not used by a rhythm of every ${rhythm.every}.`;
  if (rhythm.time_zone === undefined) return undefined;
  try {
    new Intl.DateTimeFormat('en', { timeZone: rhythm.time_zone });
    return undefined;
  } catch {
    return `Member "rhythm.time_zone" must be the name of a time zone, such as Europe/Berlin, not "${rhythm.time_zone}".`;
  }
}

/** The first time after a moment; null for `new_data`. */
export function nextRun(rhythm: Rhythm, after: Date): Date | null {
  return cronOf(rhythm)?.nextRun(after) ?? null;
}

/** The last time at or before a moment: of the runs that were missed, the one to catch up with. */
export function lastRun(rhythm: Rhythm, at: Date): Date | null {
  // The times before a moment do not include it.
  return cronOf(rhythm)?.previousRuns(1, new Date(at.getTime() + 1_000))[0] ?? null;
}

function cronOf({ every, time = '', time_zone: timezone = '', weekday, day = 1 }: Rhythm): Cron | undefined {
  if (every === 'new_data') return undefined;
  const [hour, minute] = time.split(':').map(Number);
  const pattern = { day: '* * *', week: `* * ${(weekday ?? 1) % 7}`, month: `${day === 'last' ? 'L' : day} * *` }[
    every
  ];
  return new Cron(`${minute} ${hour} ${pattern}`, { timezone });
}
