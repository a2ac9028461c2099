// Makes `virtual:guide/<page>` of a page of docs/: the same text, as HTML. Raw HTML in a page is shown as text, never taken as such.
import { existsSync, readFileSync } from 'node:fs';
import { Marked, type Renderer, type Tokens } from 'marked';
import type { Plugin } from 'vite';

const PREFIX = 'virtual:guide/';
const DOCS = new URL('../../docs/', import.meta.url);

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** What a heading is called in an address, as on GitHub. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
    .trim()
    .replaceAll(/\s+/g, '-');
}

/** Where a link of a page leads inside the panel: to another page of it, to a heading, or out; null: to what is not shown here. */
function target(href: string): string | null {
  if (/^https?:\/\//.test(href)) return `href="${escaped(href)}" target="_blank" rel="noreferrer"`;
  const [file = '', anchor = ''] = href.split('#');
  if (file === '') return `href="#" data-anchor="${escaped(anchor)}"`;
  const page = /^(?:\.\.\/|guides\/)?([a-z-]+)\.md$/.exec(file)?.[1];
  return page === undefined ? null : `href="#" data-page="${page}" data-anchor="${escaped(anchor)}"`;
}

const renderer: Partial<Renderer> = {
  html: ({ text }: Tokens.HTML | Tokens.Tag) => escaped(text),
  heading(this: Renderer, { depth, tokens, text }: Tokens.Heading) {
    return `<h${depth + 1} id="guide-${slug(text)}">${this.parser.parseInline(tokens)}</h${depth + 1}>`;
  },
  link(this: Renderer, { href, tokens }: Tokens.Link) {
    const text = this.parser.parseInline(tokens);
    const to = target(href);
    return to === null ? text : `<a ${to}>${text}</a>`;
  },
  image: ({ text }: Tokens.Image) => escaped(text),
};

const marked = new Marked({ async: false, gfm: true, renderer } as never);

/** Guides have a folder of their own. */
function fileOf(page: string): URL {
  const file = new URL(`${page}.md`, DOCS);
  return existsSync(file) ? file : new URL(`guides/${page}.md`, DOCS);
}

/** A page of docs/ as HTML. @throws Error for a page that is not there */
export function guideHtml(page: string): string {
  return marked.parse(readFileSync(fileOf(page), 'utf8')) as string;
}

/** The plugin for Vite. */
export function guides(): Plugin {
  return {
    name: 'nightshift-guides',
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null;
      const page = id.slice(PREFIX.length + 1);
      this.addWatchFile(fileOf(page).pathname);
      return `export const html = ${JSON.stringify(guideHtml(page))};`;
    },
  };
}
