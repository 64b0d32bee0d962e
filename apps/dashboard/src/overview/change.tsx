import { formatChange } from '../format.ts';
import classes from './section.module.css';

/** A change, with its direction shown by sign and colour. */
export function Change({ value }: { value: number | null }) {
  const direction = value === null || value === 0 ? undefined : value > 0 ? classes.rise : classes.fall;
  return <span className={direction}>{formatChange(value)}</span>;
}
