import { describe, expect, it } from 'vitest';
import { faultOf, lastRun, nextRun, type Rhythm } from '../src/rhythm.ts';

const berlin = { time: '07:30', time_zone: 'Europe/Berlin' };
const next = (rhythm: Rhythm, after: string) => nextRun(rhythm, new Date(after))?.toISOString() ?? null;
const last = (rhythm: Rhythm, at: string) => lastRun(rhythm, new Date(at))?.toISOString() ?? null;

describe('a schedule', () => {
  it('runs at a time of day of its time zone, in summer and winter', () => {
    const daily: Rhythm = { every: 'day', ...berlin };
    expect(next(daily, '2026-03-27T12:00:00Z')).toBe('2026-03-28T06:30:00.000Z');
    expect(next(daily, '2026-03-28T12:00:00Z')).toBe('2026-03-29T05:30:00.000Z');
    expect(next(daily, '2026-10-24T12:00:00Z')).toBe('2026-10-25T06:30:00.000Z');
    expect(next({ ...daily, time_zone: 'Australia/Sydney' }, '2026-07-01T00:00:00Z')).toBe('2026-07-01T21:30:00.000Z');
  });

  it('runs once on a day that lacks its time, and on a day that has it twice', () => {
    const night: Rhythm = { every: 'day', time: '02:30', time_zone: 'Europe/Berlin' };
    expect(next(night, '2026-03-28T12:00:00Z')).toBe('2026-03-29T01:00:00.000Z');
    expect(next(night, '2026-03-29T01:00:00Z')).toBe('2026-03-30T00:30:00.000Z');
    expect(next(night, '2026-10-24T12:00:00Z')).toBe('2026-10-25T00:30:00.000Z');
    expect(next(night, '2026-10-25T00:30:00Z')).toBe('2026-10-26T01:30:00.000Z');
  });

  it('runs weekly and monthly', () => {
    expect(next({ every: 'week', weekday: 1, ...berlin }, '2026-11-27T12:00:00Z')).toBe('2026-11-30T06:30:00.000Z');
    expect(next({ every: 'week', weekday: 7, ...berlin }, '2026-11-27T12:00:00Z')).toBe('2026-11-29T06:30:00.000Z');
    expect(next({ every: 'month', day: 15, ...berlin }, '2026-11-27T12:00:00Z')).toBe('2026-12-15T06:30:00.000Z');
    expect(next({ every: 'month', day: 'last', ...berlin }, '2026-02-01T12:00:00Z')).toBe('2026-02-28T06:30:00.000Z');
  });

  it('states its last time, that moment included', () => {
    const daily: Rhythm = { every: 'day', ...berlin };
    expect(last(daily, '2026-11-27T06:30:00Z')).toBe('2026-11-27T06:30:00.000Z');
    expect(last(daily, '2026-11-27T06:29:59Z')).toBe('2026-11-26T06:30:00.000Z');
  });

  it('has no times if it runs for new data', () => {
    expect(next({ every: 'new_data' }, '2026-11-27T12:00:00Z')).toBeNull();
    expect(last({ every: 'new_data' }, '2026-11-27T12:00:00Z')).toBeNull();
  });

  it.each<[Rhythm, string]>([
    [{ every: 'day', time: '07:30' }, 'Missing member "rhythm.time_zone"'],
    [{ every: 'week', ...berlin }, 'Missing member "rhythm.weekday"'],
    [{ every: 'month', ...berlin }, 'Missing member "rhythm.day"'],
    [{ every: 'new_data', time: '07:30' }, 'Member "rhythm.time" is not used'],
    [{ every: 'day', ...berlin, time_zone: 'Europe/Atlantis' }, 'must be the name of a time zone'],
  ])('with %j is refused', (rhythm, sentence) => {
    expect(faultOf(rhythm)).toContain(sentence);
  });
});
