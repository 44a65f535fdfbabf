/** How a tool ends without running anything. */

/** Thrown to end with a text and an exit code, without a step behind it. */
export class ToolEnd extends Error {
	override readonly name = "ToolEnd";

	constructor(
		/** What is written, whole lines. */
		readonly text: string,
		readonly exitCode: number,
		/** Where it is written: standard output (1) or error (2). */
		readonly to: 1 | 2,
	) {
		super(text);
	}
}

/** A tool by its names. */
export interface Called {
	/** The name in front of its errors. */
	readonly name: string;
	/** What it was called by; getopt_long(3) says that in full. */
	readonly argv0: string;
}

/** `NAME: text` on standard error. errx(3). */
export const failure = ({ name }: Called, text: string, exitCode = 1): ToolEnd =>
	new ToolEnd(`${name}: ${text}\n`, exitCode, 2);

/** What getopt_long(3) says, and the way to the help. */
export const misuse = ({ name, argv0 }: Called, text: string): ToolEnd =>
	new ToolEnd(`${argv0}: ${text}\nTry '${name} --help' for more information.\n`, 1, 2);

/** What was asked for, on standard output. */
export const answer = (text: string): ToolEnd => new ToolEnd(text, 0, 1);

/** The version whose options are taken. */
export const utilLinux = "2.42";

/** The answer to --version. */
export const versionText = ({ name }: Called): string => `${name} from util-linux ${utilLinux}\n`;
