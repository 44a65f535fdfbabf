import { toBytes } from "../bytes.ts";
import type { NamespaceKind } from "../plan/namespaces.ts";
import { step, writeFile } from "../plan/step.ts";
import type { Context, Fragment, Problem } from "../plan/types.ts";

/** Kernel parameters by name, as sysctl(8) writes them: `{ "net.ipv4.ip_forward": 1 }`. */
export type SysctlOptions = Readonly<Record<string, string | number>>;

/** The parameters that belong to a namespace, and which one: every other is the whole machine's. */
const namespaced: readonly (readonly [pattern: RegExp, kind: NamespaceKind])[] = [
	[/^net\./, "net"],
	[/^(?:kernel\.(?:msgmax|msgmnb|msgmni|auto_msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs\.mqueue\..+)$/, "ipc"],
	[/^user\.max_[a-z]+_namespaces$/, "user"],
];

/**
 * Kernel parameters of the new network, IPC and user namespaces, set before the command starts. A parameter that belongs
 * to no namespace, or to one that is not made, is refused: it would change the machine. sysctl(8), namespaces(7).
 *
 * @example
 * ```ts
 * import { net, sandbox, sysctl } from "nskit";
 * const box = sandbox(net(), sysctl({ "net.ipv4.ip_forward": 1 }));
 * console.log(box.spawnSync(["cat", "/proc/sys/net/ipv4/ip_forward"]).stdout?.toString()); // 1
 * ```
 */
export function sysctl(values: SysctlOptions): Fragment {
	const entries = Object.entries(values);
	return {
		module: "sysctl",
		problems: (context) => entries.flatMap(([name, value]) => problemsOf(name, String(value), context)),
		steps: () =>
			entries.map(([name, value]) =>
				step({
					phase: "parameters",
					module: "sysctl",
					does: `set ${name} to ${value}`,
					why: "in the new namespace alone",
					man: "sysctl(8)",
					calls: writeFile(null, pathOf(name), String(value)),
				}),
			),
	};
}

/** With a slash in it, a name is a path already: names of interfaces may hold dots. */
const pathOf = (name: string): string => `/proc/sys/${name.includes("/") ? name : name.replaceAll(".", "/")}`;

/** What a parameter is called with dots between its parts. */
const dotted = (name: string): string => (name.includes("/") ? name.replaceAll("/", ".") : name);

/** Letters, digits and what interfaces are called by; no part may lead up. */
const isName = (name: string): boolean => /^[\w:.@/-]+$/.test(name) && !/(?:^|[./])[./]|[./]$/.test(name);

/** The most that the kernel reads of a value at a time. */
const longest = 4096;

function problemsOf(name: string, value: string, { creates }: Context): Problem[] {
	const wrong = (code: string, message: string, hint: string): Problem[] => [{ code, message, hint }];
	if (!isName(name)) {
		return wrong("SYSCTL_INVALID", `${JSON.stringify(name)} is no name of a parameter`, "such as net.ipv4.ip_forward");
	}
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
	if (value === "" || /[\u0000-\u0008\u000a-\u001f\u007f]/.test(value) || toBytes(value).length >= longest) {
		const hint = "one line without control characters";
		return wrong("SYSCTL_INVALID", `the value of ${name} cannot be one`, hint);
	}
	const kind = namespaced.find(([pattern]) => pattern.test(dotted(name)))?.[1];
	if (kind === undefined) {
		const hint = "net.*, System V and POSIX queues, and user.max_* can be set; names of the host by --hostname";
		return wrong("SYSCTL_NOT_NAMESPACED", `${name} is the whole machine's`, hint);
	}
	if (creates.has(kind)) return [];
	return wrong("SYSCTL_WITHOUT_NAMESPACE", `${name} would change the caller's own ${kind} namespace`, `add --${kind}`);
}
