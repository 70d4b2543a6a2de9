/** `/silences`, and the messages of a mute. Pure. */
import { bold, code, line, lines, text, type Fragment, type Inline, type Part } from '../../render/html.ts';
import type { Button, Keyboard } from '../../telegram/messages.ts';
import { encodeAction } from '../actions.ts';
import type { Hold } from '../../notify/maintenance.ts';
import type { Silence, TimeInterval } from '../alertmanager.ts';
import type { SilenceMatcher } from '../../../common/clients/alertmanager.ts';
import { MATCH_ALL, UNTIL_OVER, type BlastRadius, type ChatSilence } from '../silence.ts';
import { pageOf, type Page, type Screen } from './screen.ts';

const MATCHERS_UNITS = 200;
const AUTHOR_UNITS = 60;
const TITLE_UNITS = 200;
/** Each has a button: a keyboard longer than this hides the list. All of them fit into a message. */
export const SILENCES_ON_A_PAGE = 9;
const BUTTONS_IN_A_ROW = 3;

/** @param page the page with the buttons of `silencesKeyboard`. */
export function silencesScreen(silences: readonly Silence[], page: number, screen: Screen): Page {
  const { bot, times, words } = screen;
  if (silences.length === 0) return { ...text(bot.noSilences), page: 0, pages: 1 };
  return pageOf(
    bold(bot.silencesTitle(silences.length)),
    silences.map(({ matchers, endsAt, createdBy, comment }, index) =>
      line(
        `${index + 1}. `,
        subject(matchers, screen),
        ` — ${comment.includes(UNTIL_OVER) ? bot.untilOver : bot.until(times.show(endsAt))}, `,
        words(createdBy, AUTHOR_UNITS),
      ),
    ),
    { page, maxRows: SILENCES_ON_A_PAGE },
  );
}

/** What holds or mutes beside silences: maintenance, and the time intervals of Alertmanager. */
export function quietRows(
  holds: readonly Hold[],
  intervals: readonly TimeInterval[],
  { bot, times, words }: Screen,
): readonly Inline[] {
  return [
    ...holds.map(({ matchers, until }) =>
      line(
        `🛠 ${bot.maintenance.until(times.show(until))}`,
        ...(matchers.length === 0
          ? []
          : [' · ', code(words(matchers.map((matcher) => matcher.text).join(', '), MATCHERS_UNITS))]),
      ),
    ),
    ...intervals.map(({ name, muted }) =>
      line('🕒 ', code(words(name, AUTHOR_UNITS)), ` — ${bot.interval(muted)}`),
    ),
  ];
}

export function silencesKeyboard(silences: readonly Silence[], page: number, { bot }: Screen): Keyboard {
  const first = page * SILENCES_ON_A_PAGE;
  const buttons = silences.slice(first, first + SILENCES_ON_A_PAGE).map(({ id }, index): Button => ({
    text: bot.buttons.expire(first + index + 1),
    callbackData: encodeAction({ kind: 'expire', silenceId: id }),
  }));
  return Array.from({ length: Math.ceil(buttons.length / BUTTONS_IN_A_ROW) }, (_, row) =>
    buttons.slice(row * BUTTONS_IN_A_ROW, (row + 1) * BUTTONS_IN_A_ROW),
  );
}

export function previewScreen(mute: ChatSilence, radius: BlastRadius | undefined, screen: Screen): Fragment {
  const { mute: phrases } = screen.bot;
  const { before, after } = phrases.preview(mute.length);
  return lines(
    line('🔕 ', before, named(mute, screen), after),
    radius === undefined ? `⚠️ ${phrases.radiusUnknown}` : phrases.radius(radius),
    isEverything(mute.matchers) ? `⚠️ ${phrases.everythingCritical}` : undefined,
    mute.title === undefined ? undefined : subject(mute.matchers, screen),
  );
}

/** What became of a mute: drawn from its state, so that any press brings its message up to date. */
export function silenceScreen(mute: ChatSilence, screen: Screen): Fragment {
  const { bot, times, words } = screen;
  if (mute.state === 'asked') return text(bot.mute.outdated);
  if (mute.endsAt === undefined) return text(bot.mute.cancelled);
  const until = mute.length === 'over' ? bot.mute.activeUntilOver : bot.mute.active(times.show(mute.endsAt));
  if (mute.state === 'active')
    return line('🔕 ', named(mute, screen), `${until} · `, words(mute.by, AUTHOR_UNITS));
  const byItself = mute.length === 'over' && mute.endedBy === undefined;
  return line(
    '🔔 ',
    named(mute, screen),
    byItself ? bot.mute.isOver : bot.mute.over,
    ...(mute.endedBy === undefined
      ? []
      : [' · ', words(mute.endedBy, AUTHOR_UNITS), `, ${times.show(mute.endedAt ?? screen.now)}`]),
  );
}

export function endingScreen(mute: ChatSilence, radius: BlastRadius, screen: Screen): Fragment {
  const { bot, times } = screen;
  return lines(
    line('⏳ ', named(mute, screen)),
    bot.mute.ending(times.show(mute.endsAt ?? screen.now), radius),
  );
}

/** `«Redis не отвечает»` where the alert is known, else its labels. */
function named({ title = '', matchers }: ChatSilence, screen: Screen): Inline {
  const shown = screen.ofRule.title(title, TITLE_UNITS);
  return shown.length === 0 ? subject(matchers, screen) : line(...quoted(shown, screen));
}

const quoted = (shown: Inline, { bot }: Screen): readonly Part[] => [bot.quotes[0], shown, bot.quotes[1]];

const isEverything = (matchers: readonly SilenceMatcher[]): boolean =>
  JSON.stringify(matchers) === JSON.stringify(MATCH_ALL);

/** What is muted: names and values of labels, or everything. */
function subject(matchers: readonly SilenceMatcher[], screen: Screen): Inline {
  if (isEverything(matchers)) return bold(screen.bot.mute.everything);
  const written = matchers.map(({ name, value, isRegex, isEqual }) =>
    isEqual && !isRegex && (name === 'alertname' || name === 'component')
      ? value
      : `${name}${isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!='}${value}`,
  );
  const shown = written.filter((words) => words !== '').join(' · ');
  return code(screen.words(shown, MATCHERS_UNITS));
}
