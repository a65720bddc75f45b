// What goes wrong while dumpcap captures.

import { faults } from './faults.ts';

faults('dumpcap');
