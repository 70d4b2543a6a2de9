/** Who is listened to, if anybody, by the environment. */
import type { EnvReader } from '../../common/env/reader.ts';
import { defaultAdminUserIds, type ChatTarget } from '../telegram/chats.ts';

/** The people who may command; a group among the chats makes none of its members one. */
export function readAdmins(env: EnvReader, chats: readonly ChatTarget[]): readonly number[] {
  const text = env.optional('ADMIN_USER_IDS');
  if (text === undefined) return defaultAdminUserIds(chats);
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .flatMap((item) => {
      const id = Number(item);
      if (/^\d+$/.test(item) && Number.isSafeInteger(id) && id > 0) return [id];
      const fix = 'Write ids of people, comma-separated, such as 123456789; @userinfobot tells you yours.';
      env.problem('ADMIN_USER_IDS', item, fix);
      return [];
    });
}

/** Updates of the main bot belong to the application: asking for them here would take them from it. */
export function sendOnlyReason(own: string | undefined, main: string | undefined): string | undefined {
  if (own === undefined) return 'MONITORING_BOT_TOKEN is not set';
  // A token that was renewed is another text for the same bot.
  return main !== undefined && botIdOf(own) === botIdOf(main) ? 'both tokens are of the same bot' : undefined;
}

/** What stands before the colon: https://core.telegram.org/bots/features#botfather */
export const botIdOf = (token: string): string => token.split(':', 1)[0] ?? '';
