// `node --import` this: whatever imports electron gets the stand-in.
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
