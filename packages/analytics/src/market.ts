/** One body of sales in one currency. */
export interface Market {
  id: number;
  code: string;
  name: string;
  /** ISO 4217. */
  currency: string;
  time_zone: string;
  is_default: boolean;
  is_synthetic: boolean;
  attribution: string | null;
  licence: string | null;
}
