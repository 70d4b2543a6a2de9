/** What administrators may write. Pure. */
export const COMMANDS = ['status', 'health', 'alerts', 'silences', 'report', 'kpi', 'mute', 'help'] as const;
export type CommandName = (typeof COMMANDS)[number];

export const commandOf = (name: string): CommandName | undefined => COMMANDS.find((known) => known === name);
