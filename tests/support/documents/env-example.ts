import { describeAliases } from '../../../common/env/aliases.ts';
import { ENV_NAMES, envVariable } from '../../../common/env/variables.ts';

const HEADER = `# Copy to .env and set what you need. Empty means unset; what is commented out shows the default.
# It is read as Docker Compose reads it: put a value with $, # or a quote in single quotes.
# "Also read" are the names of ExpenseBot's own .env; ours come first.
# A secret can be read from a file instead: write NAME_FILE=/run/secrets/name in place of NAME.
`;

/** The text of `.env.example`: every variable of the contract, nothing secret. */
export function buildEnvExample(): string {
  const lines = ENV_NAMES.map((name) => {
    const { section, description, default: value, secret } = envVariable(name);
    // A default stays a comment: written out, it would override what compose sets for its own network.
    const assignment = value === undefined ? `${name}=` : `#${name}=${value}`;
    const heading = section === undefined ? '' : `\n# --- ${section} ---\n`;
    const aliases = describeAliases(name);
    const also = aliases === undefined ? '' : `\n# also read: ${aliases.replaceAll('`', '')}`;
    // No comment behind a value: Docker's reader would take it for the value of an empty variable.
    return `${heading}# ${description}${secret === true ? ' (secret)' : ''}${also}\n${assignment}\n`;
  });
  return HEADER + lines.join('');
}
