import { expect, test } from 'vitest';
import { readImageProcess } from '../src/dockerfile.ts';

test('the last stage defines the command of a container', () => {
  const dockerfile = `
# A comment
FROM node:24 AS build
WORKDIR /build
ENV ONLY=build
CMD ["never", "this"]

FROM node:24-bookworm-slim
ENV NODE_ENV=production \\
    GREETING="hello world"
WORKDIR /app
COPY --from=build /build ./
USER node
CMD ["node", \\
     "apps/analytical/src/main.ts"]
`;
  expect(readImageProcess(dockerfile, 'Dockerfile')).toEqual({
    workingDirectory: '/app',
    environment: { NODE_ENV: 'production', GREETING: 'hello world' },
    entrypoint: [],
    command: ['node', 'apps/analytical/src/main.ts'],
  });
});

test('a command in shell form is refused, since its shell would keep SIGTERM from the service', () => {
  expect(() => readImageProcess('FROM node\nCMD node main.ts', 'apps/x/Dockerfile')).toThrow(
    /apps\/x\/Dockerfile: CMD must be in exec form/,
  );
});
