/** A program for import-trials.system.test.ts: imports a file, sent as a form evenly over so many milliseconds, and follows the import to its end. */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

const [url, path, milliseconds] = process.argv.slice(2) as [string, string, string];
const pieces = 50;
const boundary = 'slow-upload';
const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="sales.csv"\r\n\r\n`;
const tail = `\r\n--${boundary}--\r\n`;
const { size } = await stat(path);

const sending = request(url, {
  method: 'POST',
  headers: {
    authorization: `Bearer ${process.env.TOKEN}`,
    'content-type': `multipart/form-data; boundary=${boundary}`,
    'content-length': head.length + size + tail.length,
  },
});
const answered = once(sending, 'response');
sending.write(head);
for await (const piece of createReadStream(path, { highWaterMark: Math.ceil(size / pieces) })) {
  sending.write(piece);
  await delay(Number(milliseconds) / pieces);
}
sending.end(tail);

const [response] = (await answered) as [IncomingMessage];
let { id, state } = (await json(response)) as { id: string; state: string };
while (state === 'received' || state === 'running') {
  await delay(50);
  const answer = await fetch(new URL(`/api/imports/${id}`, url));
  ({ state } = (await answer.json()) as { state: string });
}
