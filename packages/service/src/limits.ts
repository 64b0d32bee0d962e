/** The limits of every request. docs/security.md has a table of all limits. */

/** Bytes of a URL: the load balancer's limit. */
export const maxUrlBytes = 16 * 1024;

/** Characters of one segment of a path, such as an id or a code. */
export const maxSegmentLength = 500;

/** Bytes of all headers, and of one header: the load balancer's limits. */
export const maxHeadersBytes = 64 * 1024;
const maxHeaderBytes = 16 * 1024;

/** Bytes of the largest body that is read into memory. The largest legitimate ones have some hundreds. */
export const maxBodyBytes = 64 * 1024;

/** Levels of objects and lists in a JSON body. Legitimate ones have fewer than ten. */
export const maxJsonDepth = 50;

const count = (number: number) => number.toLocaleString('en-US');

/** For the OpenAPI description, in Markdown. */
export const limits = [
  `Limits of a request: ${count(maxUrlBytes)} bytes for the URL, and ${maxSegmentLength} characters for a segment of its path (\`414\`);`,
  `${count(maxHeadersBytes)} bytes for all headers, and ${count(maxHeaderBytes)} for one (\`431\`, or \`400\` from the load balancer);`,
  `${count(maxBodyBytes)} bytes for a body, except files (\`413\`), and ${maxJsonDepth} levels of JSON (\`400\`).`,
].join(' ');
