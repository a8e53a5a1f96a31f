/** Byte classes of the table: digits are their value, then these. */
export const MINUS = 10;
export const PLUS = 11;
export const POINT = 12;
export const EXPONENT = 13;
export const CLASSES = 14;
export const CLASS_OF = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 10; digit++) CLASS_OF[0x30 + digit] = digit;
CLASS_OF[0x2d] = MINUS;
CLASS_OF[0x2b] = PLUS;
CLASS_OF[0x2e] = POINT;
CLASS_OF[0x65] = EXPONENT;
CLASS_OF[0x45] = EXPONENT;
