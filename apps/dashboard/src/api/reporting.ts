/** Requests to the reporting service. */
import type { Answer } from '@property-insights/api-types';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRemembered } from '../use-remembered.ts';
import { mayDo, useAccess } from './access.ts';
import { addressOf, get, request } from './client.ts';
import { usePages } from './queries.ts';

export const forms = ['pdf', 'html', 'xlsx', 'csv', 'json', 'png'] as const;
export type Form = (typeof forms)[number];

/** The reports that most readers want, first. */
const order = ['market-report', 'area-comparison', 'valuation', 'property-summary', 'data-quality'];
const rank = ({ name }: Report) => (order.includes(name) ? order.indexOf(name) : order.length);

/** A report, as `GET /reporting` lists it. */
export interface Report {
  name: string;
  summary: string;
  path: string;
  /** The names of its parameters. */
  parameters: string[];
}

/** Values by the names of parameters, with the types of the API. */
export type Parameters = Record<string, string | number | boolean | (string | number)[] | undefined>;

export type Job = Answer<'/reporting/jobs'>[number];
export type ShareLink = Answer<'/reporting/links'>[number];
export type Schedule = Answer<'/reporting/schedules'>[number];
export type Definition = Answer<'/reporting/definitions'>[number];

export const reportsKey = ['/reporting'];

export const useReports = () =>
  useQuery({
    queryKey: reportsKey,
    queryFn: async ({ signal }) => {
      const { reports } = (await (await request('/reporting', { signal })).json()) as { reports: Report[] };
      return reports.sort((a, b) => rank(a) - rank(b));
    },
    staleTime: 60_000,
    // The page states at once that the service is away, and tries again.
    retry: false,
  });

/** The report as a page, and the version that it is of. */
export const usePreview = ({ path }: Report, parameters: Parameters, enabled: boolean) =>
  useQuery({
    queryKey: [path, parameters.market, parameters],
    queryFn: ({ signal }) => readPage(addressOf(`${path}.html`, parameters), { signal }),
    placeholderData: keepPreviousData,
    enabled,
    retry: false,
  });

export interface ReportPage {
  html: string;
  version: number;
}

async function readPage(address: string, options: RequestInit): Promise<ReportPage> {
  const response = await request(address, { ...options, headers: { ...options.headers, accept: 'text/html' } });
  return { html: await response.text(), version: Number(response.headers.get('property-insights-version')) };
}

/** The page of a definition that is not saved. */
export const previewDefinition = (definition: unknown, parameters: Parameters, signal: AbortSignal) =>
  readPage(addressOf('/reporting/preview', parameters), {
    method: 'POST',
    body: JSON.stringify(definition),
    headers: { 'content-type': 'application/json' },
    signal,
  });

/** A report as a file. @returns its name */
export async function downloadReport(address: string, signal: AbortSignal): Promise<string> {
  const response = await request(address, { signal, headers: { accept: '*/*' } });
  const name = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'report';
  saveBlob(await response.blob(), name);
  return name;
}

function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The tables of a report; null if its CSV form has no choice. */
export const useTables = ({ path }: Report, parameters: Parameters) =>
  useQuery({
    queryKey: [path, parameters.market, parameters, 'tables'],
    queryFn: async ({ signal }) =>
      tablesOf(await (await request(addressOf(`${path}.json`, parameters), { signal })).json()),
  });

interface Block {
  type: string;
  name?: string;
  title?: string;
  columns?: Block[][];
}

function tablesOf(document: { blocks?: Block[] }): { name: string; title: string }[] | null {
  const find = (blocks: Block[]): { name: string; title: string }[] =>
    blocks.flatMap(({ type, name = '', title = name, columns = [] }) =>
      type === 'table' ? [{ name, title }] : type === 'columns' ? columns.flatMap(find) : [],
    );
  return document.blocks ? find(document.blocks) : null;
}

/** A list that needs a token with the scope `write`; it is asked for again when the token changes. */
function useOwn<T>(path: string, interval?: (list: T[]) => number | false) {
  const token = useRemembered('token');
  const { data: access } = useAccess();
  return usePages<T>(addressOf(path, { limit: 100 }), {
    queryKey: [path, token],
    enabled: access !== undefined && mayDo(access, 'write'),
    ...(interval && { interval }),
  });
}

export const jobEnded = ({ state }: Pick<Job, 'state'>): boolean => state !== 'received' && state !== 'running';

export const useJobs = () => useOwn<Job>('/reporting/jobs', (jobs) => (jobs.every(jobEnded) ? false : 1_000));
export const useLinks = () => useOwn<ShareLink>('/reporting/links');
/** Asked for again while a run has not ended, and else for the next runs. */
export const useSchedules = () =>
  useOwn<Schedule>('/reporting/schedules', (schedules) =>
    schedules.some(({ last_run }) => last_run && !jobEnded(last_run)) ? 2_000 : schedules.length > 0 && 30_000,
  );

export const useDefinitions = () =>
  useQuery({
    queryKey: ['/reporting/definitions'],
    queryFn: ({ signal }) => get('/reporting/definitions', {}, signal),
  });
