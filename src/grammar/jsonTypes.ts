/** JSON types as bits. */
export const NULL = 1;
export const TRUE = 2;
export const FALSE = 4;
export const NUMBER = 8;
export const STRING = 16;
export const ARRAY = 32;
export const OBJECT = 64;
export const ALL_TYPES = 127;
