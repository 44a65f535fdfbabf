import { call, flags, ref, step } from "../plan/step.ts";
import type { Fragment } from "../plan/types.ts";

/** Where the image lies when it is executed: right behind the channel. */
const imageDescriptor = (channel: number): number => channel + 1;

/** Descriptors a plan with `startImage` has to keep. */
export const keptForImage = (channel: number): number[] => [imageDescriptor(channel)];

/**
 * Executes an image in place of a command, with the descriptor it reports on at its place. Both files are copied out of
 * the way first, because standard descriptors may have to go where they lie. execveat(2).
 */
export function startImage(file: number, reports: number, channel: number): Fragment {
	const image = imageDescriptor(channel);
	return {
		module: "image",
		steps: () => [
			step({
				phase: "stdio",
				module: "image",
				does: "keep the image and the report channel",
				why: "both may lie where something else has to go",
				man: "fcntl(2)",
				calls: [
					call("fcntl", [file, flags("F_DUPFD_CLOEXEC"), image + 1], { result: "image" }),
					call("fcntl", [reports, flags("F_DUPFD_CLOEXEC"), image + 1], { result: "channel" }),
				],
			}),
			step({
				phase: "descriptors",
				module: "image",
				does: "put them in their places",
				why: "the image knows its channel by the number",
				man: "dup(2)",
				calls: [call("dup3", [ref("channel"), channel, 0]), call("dup3", [ref("image"), image, flags("O_CLOEXEC")])],
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
