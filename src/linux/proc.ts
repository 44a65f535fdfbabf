/** Texts of /proc that several parts read. */

/**
 * A field of `/proc/PID/stat` by its number in proc_pid_stat(5), from 3 on; nothing where it has none. The name before
 * them stands in parentheses and may hold anything, so they are counted from its end.
 */
export function statField(stat: string, number: number): string | undefined {
	return stat
		.slice(stat.lastIndexOf(")") + 2)
		.trimEnd()
		.split(" ")[number - 3];
}

/** A field of mountinfo as it was: space, tab, newline, backslash and number sign are written as three octal digits there. */
export function withoutEscapes(field: string): string {
	if (!field.includes("\\")) return field;
	return field.replace(/\\([01][0-7]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
