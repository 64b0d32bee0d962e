/** A process that sends requests at a constant rate until a message stops it, and replies with their times. */
import autocannon from 'autocannon';

const [options] = process.argv.slice(2) as [string];
const load = autocannon(JSON.parse(options), (error, result) => {
  if (error) throw error;
  process.send?.(result);
  process.disconnect();
});
process.once('message', () => load.stop());
