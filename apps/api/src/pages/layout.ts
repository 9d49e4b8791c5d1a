import { html, type Markup } from './html.ts';

// Escaping leaves it as it is: it has none of the characters that HTML escapes.
const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --accent: #7b1e3b; }
@media (prefers-color-scheme: dark) { :root { --accent: #e08aa4; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: .25rem; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
a { color: var(--accent); }
.quiet { opacity: .75; margin-top: 0; }
.tag { background: var(--soft); border-radius: .25rem; padding: .1rem .45rem; white-space: nowrap; }
table { border-collapse: collapse; width: 100%; margin-top: 1rem; }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; }
th { font-weight: 600; }
.rank { width: 3rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
code, pre { font: .9em/1.5 ui-monospace, monospace; background: var(--soft); border-radius: .25rem; padding: .1rem .35rem; }
pre { padding: .75rem; white-space: pre-wrap; overflow-wrap: anywhere; }
form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; }
label { display: grid; gap: .2rem; font-size: .9rem; }
input, button { font: inherit; padding: .35rem .6rem; border: 1px solid var(--line); border-radius: .25rem; }
button { background: var(--accent); color: Canvas; border-color: transparent; cursor: pointer; }
`;

/**
 * A whole page in the look of all pages; `title` is text, `body` markup, `style` more CSS that has none of the
 * characters that HTML escapes.
 */
export function page(title: string, body: Markup, style = ''): string {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${STYLE}${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
  return document.text;
}
