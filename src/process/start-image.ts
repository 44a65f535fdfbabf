import { call, flags, ref, step } from "../plan/step.ts";
import type { Fragment } from "../plan/types.ts";

/** Where the image lies when it is executed: behind the channel and what it inherits. */
const imageDescriptor = (channel: number, inherited: number): number => channel + 1 + inherited;

/** Descriptors a plan with `startImage` has to keep. */
export function keptForImage(channel: number, inherited: number): number[] {
	const kept: number[] = [];
	for (let fd = channel + 1; fd <= imageDescriptor(channel, inherited); fd++) kept.push(fd);
	return kept;
}

/**
 * Executes an image in place of a command, with the descriptor it reports on at its place, and behind that those that it
 * is to inherit. All are copied out of the way first, because others may have to go where they lie. execveat(2).
 */
export function startImage(file: number, reports: number, channel: number, inherited: readonly number[]): Fragment {
	const image = imageDescriptor(channel, inherited.length);
	const aside = (fd: number, result: string) => call("fcntl", [fd, flags("F_DUPFD_CLOEXEC"), image + 1], { result });
	return {
		module: "image",
		steps: () => [
			step({
				phase: "stdio",
				module: "image",
				does: "keep the image, the report channel and what it inherits",
				why: "all may lie where something else has to go",
				man: "fcntl(2)",
				calls: [
					aside(file, "image"),
					aside(reports, "channel"),
					...inherited.map((fd, i) => aside(fd, `inherited.${i}`)),
				],
			}),
			step({
				phase: "descriptors",
				module: "image",
				does: "put them in their places",
				why: "the image knows them by their numbers",
				man: "dup(2)",
				calls: [
					call("dup3", [ref("channel"), channel, 0]),
					...inherited.map((_, i) => call("dup3", [ref(`inherited.${i}`), channel + 1 + i, 0])),
					call("dup3", [ref("image"), image, flags("O_CLOEXEC")]),
				],
			}),
			step({
				phase: "exec",
				module: "image",
				does: "execute the image",
				why: "a process of ours that stays must not live in Bun's memory",
				man: "execveat(2)",
				calls: [call("execveat", [image, "", { strings: ["ns"] }, { strings: [] }, flags("AT_EMPTY_PATH")])],
			}),
		],
	};
}
