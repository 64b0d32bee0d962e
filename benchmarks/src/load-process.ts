/** Requests at a steady rate, from a process that does nothing else, until a message stops them; the answer is what they took. */
import autocannon from 'autocannon';

const [options] = process.argv.slice(2) as [string];
const load = autocannon(JSON.parse(options), (error, result) => {
  if (error) throw error;
  process.send?.(result);
  process.disconnect();
});
process.once('message', () => load.stop());
