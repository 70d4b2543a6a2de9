import type { Seal } from '../outbox/seal.ts';

export interface Keys {
  /** Telegram's limits, and who listens, are of the bot, whoever runs it. */
  readonly ofBot: string;
  /**
   * What is told and whose turn it is: of the bridges that share a STATE_KEY and write the same format. While a version
   * with another one takes the place of the first, bridge after bridge, each group works alone.
   */
  readonly ofInstallation: string;
}

/** Of what bridges write for one another; another number for a format that those of before cannot read. */
const FORMAT = 'v1';

/** Beginnings of the keys in Redis, which other installations and the application may share. */
export function keysOf(botId: string, { header }: Pick<Seal, 'header'>): Keys {
  const ofBot = `expensebot:bridge:${botId}:`;
  return { ofBot, ofInstallation: `${ofBot}${header.toString('hex')}:${FORMAT}:` };
}
