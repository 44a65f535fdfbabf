import { describe, expect, test } from "bun:test";
import { plan } from "../../src/plan/plan.ts";
import { signals } from "../../src/process/signals.ts";
import { keptForImage, startImage } from "../../src/process/start-image.ts";
import { stdio } from "../../src/process/stdio.ts";
import { command, rootHost, script } from "../plan/fixtures.ts";

describe("`startImage`", () => {
	test("moves image and channel out of the way of 0, 1 and 2, and keeps both until the image is executed", () => {
		const state = { mask: [0, 0, 0, 0, 0, 0, 0, 0] };
		const made = plan([signals(state), stdio([4, 3, 5]), startImage(3, 4, 3, [9])], {
			...{ host: rootHost, command, launch: "clone", channel: 3, keep: keptForImage(3, 1) },
		});
		expect(script(made)).toEqual([
			"outer: fcntl(3, F_DUPFD_CLOEXEC, 6) = $image",
			"outer: fcntl(4, F_DUPFD_CLOEXEC, 6) = $channel",
			"outer: fcntl(9, F_DUPFD_CLOEXEC, 6) = $inherited.0",
			"outer: dup3(4, 0, 0)",
			"outer: dup3(3, 1, 0)",
			"outer: dup3(5, 2, 0)",
			"command: dup3($channel, 3, 0)",
			"command: dup3($inherited.0, 4, 0)",
			"command: dup3($image, 5, O_CLOEXEC)",
			"command: close_range(6, ~0U, 0)",
			"command: <resetSignals>",
			"command: rt_sigprocmask(SIG_SETMASK, the caller's mask, NULL, 8)",
			'command: execveat(5, "", ["ns"], [], AT_EMPTY_PATH)',
		]);
	});
});
