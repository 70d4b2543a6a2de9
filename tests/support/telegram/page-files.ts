import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';

const files: Record<string, { name: string; type: string }> = {
  '/': { name: 'index.html', type: 'text/html' },
  '/style.css': { name: 'style.css', type: 'text/css' },
  '/message.css': { name: 'message.css', type: 'text/css' },
  '/theme.css': { name: 'theme.css', type: 'text/css' },
  '/app.js': { name: 'app.js', type: 'text/javascript' },
  '/bubble.js': { name: 'bubble.js', type: 'text/javascript' },
  '/rich-text.js': { name: 'rich-text.js', type: 'text/javascript' },
  '/server.js': { name: 'server.js', type: 'text/javascript' },
  '/strings.js': { name: 'strings.js', type: 'text/javascript' },
};

/** Nothing from elsewhere and nothing inline: what a message says can never become a script. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** ru or en: what the address asks for, else the first of the two the browser prefers, else ru. */
export function pageLanguage(asked: string | null, acceptLanguage: string): 'ru' | 'en' {
  const wishes = acceptLanguage.split(',').map((wish) => {
    const [tag = '', quality = 'q=1'] = wish.trim().toLowerCase().split(';');
    return { language: tag.split('-')[0] ?? '', weight: Number(quality.trim().replace('q=', '')) };
  });
  wishes.sort((a, b) => b.weight - a.weight);
  for (const language of [asked, ...wishes.map((wish) => wish.language)]) {
    if (language === 'ru' || language === 'en') return language;
  }
  return 'ru';
}

/** Serves the chat page; false when the path is none of its files. */
export async function servePage(
  response: ServerResponse,
  url: URL,
  acceptLanguage: string,
): Promise<boolean> {
  const file = files[url.pathname];
  if (!file) return false;
  const text = await readFile(new URL(`./page/${file.name}`, import.meta.url), 'utf8');
  const language = pageLanguage(url.searchParams.get('lang'), acceptLanguage);
  const body = file.name === 'index.html' ? text.replace('<html>', `<html lang="${language}">`) : text;
  response
    .writeHead(200, {
      'content-type': `${file.type}; charset=utf-8`,
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    })
    .end(body);
  return true;
}
