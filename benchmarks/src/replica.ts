/** The cost of a replica: the time to fill it, to open it again and to apply one posted property, and its disk and memory. */
import { join } from 'node:path';
import { type BenchmarkResult, median } from './benchmark.ts';
import { generateInto } from './market.ts';
import { ReplicaProcess, sizeOf } from './replica-driver.ts';
import { serviceOf, withSystem } from './system.ts';

export const title = 'Milliseconds and bytes of a replica, by the number of sales';

const posts = 101;
const maxAfterPost = 5;

export async function run(sizes: number[]): Promise<BenchmarkResult> {
  const table: BenchmarkResult['table'] = [];
  const targets: BenchmarkResult['targets'] = [];
  for (const sales of sizes) {
    await withSystem(async (system, folder) => {
      const superuser = await generateInto(system, { code: 'generated', sales });
      const directory = join(folder, 'replica');
      const open = async <T>(work: (replica: ReplicaProcess) => Promise<T>) => {
        const replica = await ReplicaProcess.open(directory, superuser);
        try {
          return await work(replica);
        } finally {
          await replica.close();
        }
      };
      const filled = await open(async (replica) => replica.milliseconds + (await replica.ask('market', 'generated')));
      const disk = await sizeOf(directory);
      const [reopened, residentEmpty, resident, after, idle] = await open(async (replica) => {
        const reopened = replica.milliseconds + (await replica.ask('market', 'generated'));
        const empty = replica.memory();
        await replica.ask('summary', 'generated');
        const { url } = serviceOf(system, 'analytical');
        const afterPost: number[] = [];
        const withoutPost: number[] = [];
        for (let n = 0; n < posts; n++) {
          withoutPost.push(await replica.ask('market', 'generated'));
          await post(`${url}/api/properties?market=generated`, system.adminToken, n);
          afterPost.push(await replica.ask('market', 'generated'));
        }
        return [reopened, empty, replica.memory(), median(afterPost), median(withoutPost)];
      });
      const catchUp = after - idle;
      table.push({
        sales,
        'from empty, ms': Math.round(filled),
        'restart, ms': Math.round(reopened),
        'after a post, ms': catchUp.toFixed(1),
        'disk, bytes a sale': Math.round(disk / sales),
        'memory opened, MB': Math.round(residentEmpty / 1e6),
        'memory after a summary, MB': Math.round(resident / 1e6),
        'memory, bytes a sale': Math.round((resident - residentEmpty) / sales),
      });
      targets.push({
        claim: `with ${sales.toLocaleString('en')} sales, a posted property is caught up with in ${catchUp.toFixed(1)} ms (under ${maxAfterPost})`,
        met: catchUp < maxAfterPost,
      });
    });
  }
  return { table, targets };
}

async function post(url: string, token: string, n: number): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      address: `${n} New St`,
      price: 500_000 + n,
      type: 'House',
      region: 'NSW',
      locality: 'Ashacre',
    }),
  });
  if (response.status !== 201) throw new Error(`${url} was answered with ${response.status}: ${await response.text()}`);
}
