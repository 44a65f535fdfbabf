import { judgeCalls, probeCall } from "../calls.ts";
import { plant, withOpen } from "../ground.ts";
import { type Case, defineCase, firstDescriptor, held, notHeld, untried } from "../types.ts";

const here = { flags: "AT_FDCWD" };
const isThere = (fd: number) => probeCall("fcntl", [fd, { flags: "F_GETFD" }, 0], ["EBADF"]);

/** Descriptors of the caller's that are open on the root of the machine. */
const leaks = 15;
const lookedAt = 64;
const numbers: readonly number[] = Array.from({ length: lookedAt - 3 }, (_, i) => 3 + i);
const closed = numbers.map(isThere);
const standard = [0, 1, 2].map(isThere);
const marked = [probeCall("openat", [here, "/t/mark", { flags: "O_RDONLY" }], "any")];

/** Attacks by descriptors that the caller has open, or has closed. */
export const descriptorCases: readonly Case[] = [
	defineCase({
		id: "CVE-2024-21626",
		subject: "descriptors",
		title: "No descriptor of the caller's is open inside, and none is a way to start outside of the root",
		tries: `${leaks} descriptors on / in the caller, and a start in /proc/self/fd/N of each`,
		attempt: ({ start }) =>
			withOpen(Array<string>(leaks).fill("/"), async (descriptors) => {
				const inside = await start({ descriptors, inside: { calls: closed } });
				const places = descriptors.map((_, i) => `/proc/self/fd/${firstDescriptor + i}`);
				const began = await Promise.all(
					places.map((cwd) => start({ descriptors, cwd, inside: { argv: ["sh", "-c", "echo /*"] } })),
				);
				const { refused } = await start({ descriptors, cwd: "/", inside: { calls: closed } });
				return { inside, began, refused };
			}),
		verdict: ({ inside, began, refused }) => {
			if (refused !== undefined) return untried(refused);
			const started = began.find(({ refused }) => refused === undefined);
			return started ? notHeld("a command has started in such a directory") : judgeCalls(closed, inside);
		},
	}),
	defineCase({
		id: "closed-stdio",
		subject: "descriptors",
		title: "Where the caller has closed 0, 1 and 2, nothing else takes their places",
		tries: "a start without standard descriptors, and asking inside for those",
		attempt: async ({ start }) => {
			const before = [0, 1, 2].map((fd) => probeCall("close", [fd]));
			return start({ before, inside: { calls: standard } });
		},
		verdict: ({ refused, exitCode, signal }) => {
			if (refused !== undefined) return untried(refused);
			if (exitCode === null || exitCode > standard.length) return untried(`it ended with ${signal ?? exitCode}`);
			return exitCode === 0 ? held : notHeld(`${exitCode} of the three are open`);
		},
	}),
	defineCase({
		id: "descriptor-zero",
		subject: "descriptors",
		title: "Descriptor 0 is taken for a descriptor as any other",
		tries: "a bind of the directory that standard input is open on",
		attempt: ({ folder, start }) => {
			plant(folder, { "source/mark": "" });
			return withOpen([`${folder}/source`], ([stdin = 0]) =>
				start({ stdin, mounts: [{ type: "bind", source: { fd: 0 }, target: "/t" }], inside: { calls: marked } }),
			);
		},
		verdict: ({ refused, answers: [opened = -1] }) => {
			if (refused !== undefined) return notHeld(`it was refused: ${refused}`);
			return opened >= 0 ? held : notHeld("it is not what is shown");
		},
	}),
];
