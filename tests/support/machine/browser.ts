/** Debian's Chromium as tests start it: headless, and talking to nobody by itself. */
const quiet = '--disable-gpu --disable-quic --no-first-run --disable-background-networking';

export const BROWSER = {
  executablePath: '/usr/bin/chromium',
  args: `--no-sandbox ${quiet} --disable-component-update --disable-sync`.split(' '),
};
