import { remembered } from '../preferences.ts';

/** The views that the user has named, in this browser: their addresses by name. */
export function readNamedViews(): Record<string, string> {
  try {
    const views: unknown = JSON.parse(remembered.views.read() ?? '{}');
    if (typeof views !== 'object' || views === null) return {};
    return Object.fromEntries(
      Object.entries(views).filter(([, address]) => typeof address === 'string' && /^\/(?!\/)/.test(address)),
    );
  } catch {
    return {};
  }
}

export const writeNamedViews = (views: Record<string, string>): void => remembered.views.write(JSON.stringify(views));
