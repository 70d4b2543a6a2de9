import { ENV_NAMES, envVariable } from '../../common/env/variables.ts';

const HEADER = `# Copy to .env and set what you need; empty means unset.
# A secret can be read from a file instead: write NAME_FILE=/run/secrets/name in place of NAME.
`;

/** The text of `.env.example`: every variable of the contract, nothing secret. */
export function buildEnvExample(): string {
  const lines = ENV_NAMES.map((name) => {
    const { section, description, default: value = '', secret } = envVariable(name);
    const heading = section === undefined ? '' : `\n# --- ${section} ---\n`;
    // No comment behind a value: Docker's reader would take it for the value of an empty variable.
    return `${heading}# ${description}${secret === true ? ' (secret)' : ''}\n${name}=${value}\n`;
  });
  return HEADER + lines.join('');
}
