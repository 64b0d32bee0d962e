/** Two callers: one asks heavy questions at a constant rate; the other loads a page of quick ones now and then, and must not notice. */
import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchmarkResult } from './benchmark.ts';
import { generateInto } from './market.ts';
import { withSystem } from './system.ts';

export const title = 'Milliseconds of a quick question, alone and beside the heavy questions of another caller';

const market = 'generated';
const rounds = 2;
const pagesOfRound = 5;
const millisecondsBetweenPages = 2_000;
const heavyQuestionsPerSecond = 6;
const maxRatio = 3;

/** Asked at once. */
const page = [
  'summary?',
  'trend?',
  'trend?interval=quarter&',
  'areas?level=region&',
  'distribution?',
  'facets?limit=10&',
  'sales?limit=10&',
  'trend?group_by=type&',
  'map?bbox=141,-38,151,-28&zoom=6&',
  'property-summary?',
];
const heavy = [
  'price-index?method=rolling_hedonic&',
  'price-index?method=hedonic&',
  'quality?',
  'distribution?of=time_held&',
  'price-index?method=repeat_sales&',
  'price-index?method=stratified_median&',
];

/** Runs with the default budget. The addresses exist on Linux; on macOS, after `ifconfig lo0 alias 127.0.0.2`. */
export async function run(sizes: number[]): Promise<BenchmarkResult> {
  return withSystem(async (system) => {
    await generateInto(system, { code: market, sales: Math.min(...sizes) });
    const [quick, greedy] = [new Caller(system.url, '127.0.0.2'), new Caller(system.url, '127.0.0.1')];
    await quick.ask('summary?', []);
    const [alone, beside, ofHeavy]: [Answered[], Answered[], Answered[]] = [[], [], []];
    for (let round = 0; round < rounds; round++) {
      await loadPages(quick, alone);
      const stop = new AbortController();
      const asking = askHeavy(greedy, ofHeavy, stop.signal);
      await loadPages(quick, beside);
      stop.abort();
      await asking;
    }
    const ratio = time(beside, 0.5) / time(alone, 0.5);
    const refused = [...alone, ...beside].filter(({ status }) => status !== 200).length;
    return {
      table: [
        row('quick, alone', alone),
        row('quick, beside the heavy ones', beside),
        row(`heavy, ${heavyQuestionsPerSecond} a second`, ofHeavy),
      ],
      targets: [
        {
          claim: `the median of quick questions is ${ratio.toFixed(2)} times that without the heavy ones (at most ${maxRatio})`,
          met: ratio <= maxRatio,
        },
        { claim: `${refused} quick questions were not answered (0)`, met: refused === 0 },
      ],
    };
  }, {});
}

interface Answered {
  status: number;
  milliseconds: number;
}

/** A client with an address of its own. */
class Caller {
  readonly #url: string;
  readonly #agent: Agent;

  constructor(url: string, localAddress: string) {
    this.#url = url;
    this.#agent = new Agent({ keepAlive: true, localAddress });
  }

  /** Asks a question in a form that has not been asked before, so that its answer is not cached. */
  async ask(question: string, answers: Answered[]): Promise<void> {
    const url = `${this.#url}/api/analytics/${question}market=${market}&price_max=${Number.MAX_SAFE_INTEGER - nextForm++}`;
    const started = performance.now();
    const status = await new Promise<number>((resolve, reject) => {
      get(url, { agent: this.#agent }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode as number));
      }).once('error', reject);
    });
    answers.push({ status, milliseconds: performance.now() - started });
  }
}

let nextForm = 0;

async function loadPages(caller: Caller, answers: Answered[]): Promise<void> {
  for (let n = 0; n < pagesOfRound; n++) {
    await Promise.all(page.map((question) => caller.ask(question, answers)));
    await delay(millisecondsBetweenPages);
  }
}

async function askHeavy(caller: Caller, answers: Answered[], signal: AbortSignal): Promise<void> {
  const asked: Promise<void>[] = [];
  for (let n = 0; !signal.aborted; n++) {
    asked.push(caller.ask(heavy[n % heavy.length] as string, answers));
    await delay(1_000 / heavyQuestionsPerSecond);
  }
  await Promise.all(asked);
}

/** The time that a share of the answers took at most; refusals are not among them. */
function time(answers: Answered[], share: number): number {
  const times = answers.filter(({ status }) => status === 200).map(({ milliseconds }) => milliseconds);
  return times.toSorted((a, b) => a - b)[Math.ceil(times.length * share) - 1] ?? Number.NaN;
}

function row(questions: string, answers: Answered[]): BenchmarkResult['table'][number] {
  const count = (status: number) => answers.filter((answer) => answer.status === status).length;
  return {
    questions,
    asked: answers.length,
    median: Math.round(time(answers, 0.5)),
    p95: Math.round(time(answers, 0.95)),
    'refused (429)': count(429),
    'other errors': answers.length - count(200) - count(429),
  };
}
