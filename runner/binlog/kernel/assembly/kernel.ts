// What the module gives to JavaScript.
export { makeShifts } from './checksum';
export { encode } from './rows';
export { scan } from './scan';
export { walk } from './walk';
