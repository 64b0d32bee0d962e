/** The parameters that the paths, links, jobs and schedules of a report take. */
import { citedParameters } from '@property-insights/analytics';
import { documentParameters, papers, type Report } from '@property-insights/reports';
import { type TObject, Type } from 'typebox';

/** Parameters of every report that are not part of its document. */
export const formParameters = {
  paper: Type.Optional(
    Type.Enum([...papers], { default: 'a4', description: 'PDF: the format of the paper, A4 or US Letter.' }),
  ),
  table: Type.Optional(
    Type.String({ maxLength: 40, description: 'CSV: the table of the report; the first by default.' }),
  ),
};

const sharedParameters = { ...documentParameters, ...formParameters, ...citedParameters };

/** The parameters of the path of a report. */
export function reportParameters<P extends TObject>(
  report: Pick<Report<P>, 'parameters'>,
): P['properties'] & typeof sharedParameters {
  return { ...report.parameters.properties, ...sharedParameters };
}
