/** What cases about entering need: a process of ours that has entered and waits, and a look at names. */
import { close, pipe, readSome } from "../descriptors.ts";
import { hostFacts } from "../host.ts";
import { openNamedIn } from "../keeper/open.ts";
import { image } from "../launch/image.ts";
import { channel, channelReport, spawn } from "../launch/spawn.ts";
import { compose } from "../plan/plan.ts";
import { call, step } from "../plan/step.ts";
import type { Fragment, Plan } from "../plan/types.ts";
import { joinedDescriptors } from "../process/join.ts";
import { chooseJoins } from "../targets/choose.ts";
import { joinFragments } from "../targets/fragments.ts";
import { openRunning } from "../targets/open.ts";
import { namespacesOf } from "../targets/process.ts";
import type { Entering } from "./types.ts";

/** Tells that it is inside, and stays what it is until its input ends. */
const waiting: Fragment = {
	module: "waiting",
	needsImage: true,
	steps: () => [
		step({
			phase: "directory",
			module: "waiting",
			does: "wait to be attacked",
			why: "an attack by chance would often come too late",
			man: "read(2)",
			calls: [call("write", [1, "x", 1]), call("read", [0, { out: "waiting", size: 8 }, 8])],
		}),
	],
};

/** Enters all namespaces of a process, by a plan that `change` may have changed, and waits inside. */
export function enterAndWait(pid: number, change: (plan: Plan) => Plan = (plan) => plan): Entering {
	const target = openRunning(pid);
	const [input, output] = [pipe(), pipe()];
	try {
		const { joins } = chooseJoins(target, namespacesOf("self"));
		const fragments = [...joinFragments(joins), waiting];
		const command = { argv: ["true"], env: [], cwd: "/" };
		const plan = change(compose(fragments, { host: hostFacts(), command, channel }));
		const options = { stdin: input.read, stdout: output.write, stderr: "ignore", cwd: "/" } as const;
		const joined = joinedDescriptors(fragments);
		const started = spawn(image(plan, channelReport), options, () => plan, joined).then(
			({ exited }) => exited,
			() => undefined,
		);
		close(output.write);
		const isInside = readSome(output.read, 1).length === 1;
		return {
			isInside,
			async end() {
				close(input.write);
				await started;
			},
		};
	} finally {
		for (const fd of [input.read, output.read]) close(fd);
		target.close();
	}
}

/** Why a name below a directory of names is refused; `undefined` where it leads to something. */
export function refusalOfName(place: string, name: string): string | undefined {
	try {
		openNamedIn([place], name).close();
		return undefined;
	} catch (error) {
		if (error instanceof Error && "code" in error) return error.message;
		if (error instanceof Error && "problems" in error) return error.message;
		throw error;
	}
}
