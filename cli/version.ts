/** What this program is, and what it and this kernel can do, as the `features` of OCI runtimes say it. */
import { hostFacts, look } from "../src/host.ts";
import { capabilityNames } from "../src/linux/capabilities.ts";
import { type NamespaceKind, namespaces } from "../src/plan/namespaces.ts";
import type { Problem } from "../src/plan/types.ts";
import { actions } from "../src/seccomp/actions.ts";
import { architectures } from "../src/seccomp/policy.ts";
import { commandNames } from "./options.ts";
import { UsageError } from "./usage.ts";

/** The form of `ns --version --json`. Keys are added, and never change what they mean. */
export interface Features {
	readonly version: string;
	readonly commands: readonly string[];
	/** Processors that this program can make its own first instructions for. */
	readonly architectures: readonly string[];
	readonly kernel: {
		readonly release: string;
		readonly architecture: string;
		/** Which kinds of namespaces it has. */
		readonly namespaces: Readonly<Record<NamespaceKind, boolean>>;
		/** How many capabilities it has; `null` where nobody says. */
		readonly capabilities: number | null;
		/** The version of Landlock's interface; 0 where it is not there or switched off. */
		readonly landlock: number;
		/** What it can answer to a system call; `null` where nobody says. */
		readonly seccompActions: readonly string[] | null;
		/** Mounts with shifted ids: Linux 5.12. */
		readonly idMappedMounts: boolean;
	};
	readonly linux: {
		readonly namespaces: readonly NamespaceKind[];
		/** How many capabilities have a name. */
		readonly capabilities: number;
		readonly seccomp: { readonly actions: readonly string[]; readonly architectures: readonly string[] };
		readonly mountFlags: readonly string[];
	};
}

/** What is printed. Throws one error with everything that is wrong with the words. */
export function versionText(words: readonly string[], version: string): string {
	const problems = words.filter((word) => word !== "--json").map(unexpected);
	if (problems.length > 0) throw new UsageError(problems);
	if (words.length === 0) return `ns ${version}\n`;
	return `${JSON.stringify(features(version), null, "\t")}\n`;
}

const unexpected = (word: string): Problem => ({
	code: "WORD_UNEXPECTED",
	message: `--version takes no ${JSON.stringify(word)}`,
	hint: "ns --version [--json]",
});

/** What there is, asked of the kernel where it is the kernel's. */
export function features(version: string): Features {
	const { kernel, kernelRelease, arch, landlock = 0, capabilities } = hostFacts();
	const has = namespaces.map(({ kind, file }) => [kind, look.exists(`/proc/self/ns/${file}`)] as const);
	const answers = look.read("/proc/sys/kernel/seccomp/actions_avail");
	return {
		version,
		commands: commandNames,
		architectures: ["x64", "arm64"],
		kernel: {
			release: kernelRelease,
			architecture: arch,
			namespaces: Object.fromEntries(has) as Record<NamespaceKind, boolean>,
			capabilities: capabilities ? capabilities.last + 1 : null,
			landlock: Math.max(landlock, 0),
			seccompActions: answers?.trim().split(/\s+/) ?? null,
			idMappedMounts: kernel >= 512,
		},
		linux: {
			namespaces: namespaces.map(({ kind }) => kind),
			capabilities: capabilityNames.length,
			seccomp: { actions: Object.keys(actions), architectures: Object.keys(architectures) },
			mountFlags: ["ro", "nosuid", "nodev", "noexec", "nosymfollow", "idmap"],
		},
	};
}
