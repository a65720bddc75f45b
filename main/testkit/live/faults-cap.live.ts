// What goes wrong while cap captures.

import { faults } from './faults.ts';

faults('cap');
