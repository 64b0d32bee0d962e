import { problemKinds } from './problems.ts';

/** The documentation of every kind of problem, as an HTML page. Each section's id is the fragment of the kind's `type`. */
export function problemsPage(): string {
  const kinds = Object.entries(problemKinds).map(
    ([name, { title, status, when }]) => `
      <section id="${name}" aria-labelledby="${name}-title">
        <h2 id="${name}-title">${title}</h2>
        <p>Status ${status} · <a href="#${name}"><code>${name}</code></a></p>
        <p>${when}</p>
      </section>`,
  );
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Problems · Property Insights API</title>
    <link rel="icon" href="/api/docs/icon.svg">
    <style>
      :root { color-scheme: light dark; --ink: #1c2430; --line: #d9dfe7; --paper: #fff; --accent: #0b6e5f; }
      @media (prefers-color-scheme: dark) {
        :root { --ink: #e8ecf1; --line: #303a48; --paper: #12161c; --accent: #5fd0bb; }
      }
      body { max-width: 42rem; margin: 0 auto; padding: 1.5rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
      section { padding: 0.5rem 0.75rem; border-top: 1px solid var(--line); }
      section:target { outline: 2px solid var(--accent); }
      h2 { margin: 0.5rem 0 0; font-size: 1.125rem; }
      section p { margin: 0 0 0.5rem; }
      a { color: var(--accent); }
    </style>
  </head>
  <body>
    <main>
      <h1>Problems</h1>
      <p>An error response is a problem document (<a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a>). Its
      <code>type</code> links to a section of this page. Its <code>detail</code> states what is wrong with the request.
      See also the <a href="/api/docs">API documentation</a>.</p>${kinds.join('')}
    </main>
  </body>
</html>
`;
}
