/** Imports packages that set-up installs into a folder of their own. */

import { pathToFileURL } from 'node:url';
import { CLIENT_LOADER } from '../../../scripts/setup/clients.mjs';

const loader = await import(pathToFileURL(CLIENT_LOADER).href);

/** @type {(name: string) => Promise<any>} */
export const load = loader.load;
