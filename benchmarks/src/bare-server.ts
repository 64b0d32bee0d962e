/** The least that Node can do for a request: a `node:http` server that returns the bytes of a file, with the headers given as JSON. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [file, headers] = process.argv.slice(2) as [string, string];
const body = readFileSync(file);
const sent = { ...JSON.parse(headers), 'content-length': body.length };
const server = createServer((_request, response) => {
  response.writeHead(200, sent);
  response.end(body);
});
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
