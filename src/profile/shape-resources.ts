/** The shape of the limits of a control group. */
import { boolean, constant, integer, list, needed, number, object, record, string, union } from "./schema.ts";
import { largest } from "./shape-mounts.ts";

const size = (doc: string) => union([integer(0, largest), string()], doc);
const rate = (doc: string) => union([integer(1, largest), string()], doc);
const weight = (doc: string) => integer(1, 10_000, doc);

export const resources = object(
	{
		memory: size("the most memory: bytes, or such as 256M; max is no limit"),
		memoryHigh: size("above this, processes are slowed down and memory is taken back"),
		memoryLow: size("so much stays theirs when memory of the machine is short"),
		swap: size("the most swap, on top of memory"),
		cpus: union([number(0, 8192), string()], "the most processor time, in processors, such as 0.5"),
		cpuWeight: weight("the share of processor time when it is short; others have 100"),
		cpuset: string("the processors to run on, such as 0-1,3"),
		memoryNodes: string("the memory nodes to use, such as 0"),
		pids: union([integer(1, 4_194_304), constant(["max"])], "the most processes and threads"),
		io: list(
			object({
				device: needed(string("a block device: 8:0, or its path")),
				readBytes: rate("bytes a second"),
				writeBytes: rate("bytes a second"),
				readOperations: integer(1, largest, "requests a second"),
				writeOperations: integer(1, largest, "requests a second"),
			}),
			"how fast block devices may be used",
		),
		ioWeight: weight("the share of block devices when they are busy; others have 100"),
		devices: list(string(), "the only devices that may be used: standard, paths, or rules such as c 10:229 rwm"),
		raw: record("parameter", string(), "files of the group as the kernel calls them, and what is written to them"),
		parent: string("the control group below which this one is made, as /proc/PID/cgroup calls it"),
		account: boolean("count what is used, also what is not limited, where that can be had here"),
		bestEffort: boolean("what cannot be limited here is left out and told"),
	},
	{ doc: "limits of a control group of the command's own", byKey: true },
);
