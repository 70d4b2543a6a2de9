import { ForeignBuildError, loadNative, NATIVE_MODULES } from '../process/native.ts';
import { ok, wrong, type Check } from './check.ts';

/** Every compiled module loads in the Node that runs the doctor. */
export const nativeChecks: readonly Check[] = (
  Object.keys(NATIVE_MODULES) as (keyof typeof NATIVE_MODULES)[]
).map((name) => ({
  section: 'Files',
  name,
  look: async () => {
    try {
      await loadNative(name);
      return ok(`loads in Node ${process.version}`);
    } catch (error) {
      if (!(error instanceof ForeignBuildError)) throw error;
      return wrong(
        `does not load in Node ${process.version}: it was installed for another Node or another system`,
        'Install the packages again with the Node that runs the services: npm ci && npm run build',
      );
    }
  },
}));
