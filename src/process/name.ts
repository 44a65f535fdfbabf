/** The name of a running sandbox. */
import { call, flags, ref, step } from "../plan/step.ts";
import type { Call, Fragment, Problem, Step } from "../plan/types.ts";

/** A name, and the directory of names that its record lies in. */
export interface RecordOptions {
	readonly name: string;
	/** An absolute path. It is there when the sandbox is started. */
	readonly place: string;
	/** What is wrong with the name. */
	readonly problems: readonly Problem[];
}

/** Bytes that are read of each part of a record, which is less than the kernel writes of it at most. */
const partSize = 1024;

/** `struct statx`. */
const statxSize = 256;

/**
 * Gives the sandbox a name while it runs: a file in the directory of names, which says by words of the kernel which boot
 * this is, which PID namespace numbers processes, and who the supervisor is. The file gets its name when it is whole, and
 * only where nothing has that name. The helper holds a lock on it until the sandbox has ended and it has taken the name
 * away: a record that nobody locks was left by somebody who was killed.
 */
export function record({ name, place, problems }: RecordOptions): Fragment {
	return {
		module: "name",
		outside: { keeps: () => ["name.place", "name.record"], claims: { name, place } },
		problems: ({ supervision }) => [...problems, ...(supervision?.server ? [serverProblem(name)] : [])],
		steps: () => [take(name, place), giveBack(name, place)],
	};
}

const serverProblem = (name: string): Problem => ({
	code: "NAME_OF_MANY",
	message: `--name ${name} is for one sandbox, and a server starts many`,
	hint: "leave --name or --again and --listen out",
});

const add = (fields: Omit<Step, "module" | "who">): Step => step({ module: "name", who: "helper", ...fields });

const openPlace = (place: string, result: string): Call =>
	call("openat", [flags("AT_FDCWD"), place, flags("O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC")], { result });

/** Reads a file of the kernel, and writes what was read to the record. */
const copy = (directory: string | null, path: string): Call[] => [
	call("openat", [directory === null ? flags("AT_FDCWD") : ref(directory), path, flags("O_RDONLY|O_CLOEXEC")], {
		result: "name.part",
	}),
	call("read", [ref("name.part"), { out: "name.text", size: partSize }, partSize], { result: "name.count" }),
	call("write", [ref("name.record"), { out: "name.text", size: partSize }, ref("name.count")]),
	call("close", [ref("name.part")]),
];

const take = (name: string, place: string): Step =>
	add({
		phase: "outside",
		does: `take the name ${name}`,
		why: "others find the sandbox by it as long as it runs",
		man: "open(2)",
		calls: [
			openPlace(place, "name.place"),
			call("openat", [ref("name.place"), ".", flags("O_TMPFILE|O_RDWR|O_CLOEXEC"), 0o600], {
				result: "name.record",
			}),
			call("flock", [ref("name.record"), flags("LOCK_EX|LOCK_NB")]),
			...copy(null, "/proc/sys/kernel/random/boot_id"),
			call("readlinkat", [ref("proc"), "ns/pid", { out: "name.text", size: partSize }, partSize], {
				result: "name.count",
			}),
			call("write", [ref("name.record"), { out: "name.text", size: partSize }, ref("name.count")]),
			call("write", [ref("name.record"), "\n", 1]),
			...copy("proc", "stat"),
			call("linkat", [
				flags("AT_FDCWD"),
				{ text: ["/proc/self/fd/", { ref: "name.record" }] },
				ref("name.place"),
				name,
				flags("AT_SYMLINK_FOLLOW"),
			]),
			call("statx", [
				ref("name.place"),
				"",
				flags("AT_EMPTY_PATH"),
				flags("STATX_BASIC_STATS"),
				{ out: "name.taken", size: statxSize },
			]),
		],
		hints: {
			EEXIST: `something was given the name ${name} a moment ago: choose another`,
			ENOENT: "the directory of names was taken away a moment ago: try again",
			EOPNOTSUPP: `the file system of ${place} has no files without a name: set XDG_RUNTIME_DIR to a directory in memory`,
		},
	});

const giveBack = (name: string, place: string): Step =>
	add({
		phase: "clean",
		does: `give the name ${name} back`,
		why: "nothing runs under it any more",
		man: "unlink(2)",
		calls: [
			// Without the last call above, the name is somebody else's.
			call("getpid", [], { result: "name.own", check: { isDirectory: "name.taken" } }),
			call("unlinkat", [ref("name.place"), name, 0], { onlyIf: "name.own", mayFail: true }),
			{ ...openPlace(place, "name.again"), mayFail: true },
			call("flock", [ref("name.again"), flags("LOCK_EX|LOCK_NB")], {
				result: "name.lock",
				onlyIf: "name.again",
				mayFail: true,
			}),
			call("unlinkat", [flags("AT_FDCWD"), place, flags("AT_REMOVEDIR")], { onlyIf: "name.lock", mayFail: true }),
		],
	});
