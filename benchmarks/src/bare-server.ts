/** The minimal server: `node:http` that answers with the bytes of a file, or 304, and with headers passed as JSON. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [file, status, headers] = process.argv.slice(2) as [string, string, string];
const body = status === '200' ? readFileSync(file) : undefined;
const sent = { ...JSON.parse(headers), ...(body && { 'content-length': body.length }) };
const server = createServer((_request, response) => {
  response.writeHead(Number(status), sent);
  response.end(body);
});
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
