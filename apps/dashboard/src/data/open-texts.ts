/** What a file leaves open, in the language of the reader. */
import { useLingui } from '@lingui/react/macro';
import type { Preview } from '../api/types.ts';
import { useColumnNames } from '../parts/column-names.ts';
import { usePage } from '../use-page.ts';

type Open = Preview['files'][number]['questions'][number]['coded_text'];

export function useOpenTexts(): (open: Open) => string {
  const { t } = useLingui();
  const { format } = usePage();
  const named = useColumnNames();
  const { count, day } = format;
  return (open) => {
    switch (open.code) {
      case 'area_unit':
        return t`The unit of ${named(open.columns)} is not stated. Which is it?`;
      case 'date_numbers': {
        const [columns, date] = [named(open.columns), day(open.date)];
        switch (open.numbers) {
          case 'excel_days':
            return t`The values of ${columns} are numbers. Are they days as spreadsheets count them? “${open.example}” is ${date} then.`;
          case 'unix_seconds':
            return t`The values of ${columns} are numbers. Are they seconds since 1970? “${open.example}” is ${date} then.`;
          case 'unix_milliseconds':
            return t`The values of ${columns} are numbers. Are they milliseconds since 1970? “${open.example}” is ${date} then.`;
          case 'years':
            return t`The values of ${columns}, such as “${open.example}”, seem to be years. They are read as their first days, so there are no figures by month or quarter.`;
        }
        break;
      }
      case 'date_order':
        return t`What comes first in the dates of ${named(open.columns)}, such as “${open.example}”?`;
      case 'both_date_orders':
        return t`The dates of ${named(open.columns)} contradict each other: ${count(open.day_first)} can only have the day first, ${count(open.month_first)} only the month. Which is right?`;
      case 'first_year':
        return t`The years of ${named(open.columns)} have two digits, such as “${open.example}”. From which year on do they count?`;
      case 'calendar':
        return t`The years of ${named(open.columns)}, such as ${open.year}, seem to be Buddhist ones: ${open.year} is ${open.gregorian} then. Of which calendar are they?`;
      case 'decimal':
        return t`Which is the decimal mark of ${named(open.columns)}, as in “${open.example}”?`;
      case 'both_decimals':
        return t`The numbers of ${named(open.columns)} contradict each other: ${count(open.points)} need a decimal point, ${count(open.commas)} a comma. Which is right?`;
      case 'price_scale':
        return t`The heading of ${named(open.columns)} states amounts in units of ${count(open.scale)}, but half of them are ${count(open.median)} and more. What are they multiplied by?`;
      case 'currency_of_mapping':
        return t`The prices are stated in ${open.stated}, but those of the market are in ${open.currency}. They belong in a market with their own currency.`;
      case 'currency_of_heading':
        return t`The heading of ${named(open.columns)} states another currency than that of the market. Are the prices in ${open.currency}? Otherwise they belong in a market with their own currency.`;
      case 'unreadable_values': {
        const values = format.list(open.examples.map((value) => t`“${value}”`));
        return open.field === 'price'
          ? t`${named(open.columns)} has the name of the prices, but ${count(open.values)} of its first ${count(open.of)} values are none, such as ${values}.`
          : t`${named(open.columns)} has the name of the contract dates, but ${count(open.values)} of its first ${count(open.of)} values are none, such as ${values}. Write them as 2024-01-31 or 31 January 2024, and send the file again.`;
      }
      case 'no_column':
        return open.field === 'price'
          ? t`No column could be identified as the prices. Which is it?`
          : t`No column could be identified as the contract dates. Which is it?`;
      case 'other_amounts':
        return t`No column could be identified as the prices. By their names, the amounts of ${named(open.columns)} are medians, rents, listings or values. Which are prices of sales?`;
      case 'no_identity':
        return t`No column identifies properties. Which column is the address, or an identifier?`;
      case 'statistics':
        return t`The table has a row for each area and a column for each of ${count(open.dates)} dates. These are statistics, not sales.`;
      case 'one_property':
        return open.other_prices
          ? t`Rows that would be one property, “${open.property}”, were sold on one day at different prices, and differ in ${named(open.columns)}. Which column identifies the property?`
          : t`Rows that would be one property, “${open.property}”, differ in ${named(open.columns)}. Which column identifies the property?`;
      case 'no_sales':
        return t`${named(open.columns)} states that ${count(open.rows)} of the first ${count(open.of)} rows are no sales, such as “${open.example}”.`;
    }
  };
}
