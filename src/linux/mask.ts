/** Masks as `/proc/PID/status` shows them: 16 hexadecimal digits. */

/** Whether a mask has this bit. */
export function hasBit(mask: string, bit: number): boolean {
	const digit = Number.parseInt(mask.charAt(15 - (bit >> 2)), 16);
	return ((digit >> (bit & 3)) & 1) === 1;
}

/** The mask without any bit. */
export const emptyMask = "0000000000000000";
