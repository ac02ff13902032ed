/** How large one unit is, as it is sent: whole millimetres from 1 to 100,000. */
export type Dimensions = { lengthMm: number; widthMm: number; heightMm: number }
