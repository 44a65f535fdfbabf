/** Why the kernel refuses labels and hardening. */
import type { StillCase } from "../hints.ts";
import { about, type FailedStep } from "../plan/failure.ts";

const forLabel = ({ does }: FailedStep): boolean =>
	does.startsWith("ask for the AppArmor") || does.startsWith("ask for the SELinux");
const opensLabel = ({ does }: FailedStep): boolean => does === "open the file that takes the label";

const notActive =
	"no such security module is active (/sys/kernel/security/lsm lists those that are), or it does not know this label";

/** Known without a look at the machine. */
export const hardeningHints: readonly StillCase[] = [
	{ syscall: "write", code: "EINVAL", when: forLabel, hint: () => notActive },
	{ syscall: "write", code: "ENOENT", when: forLabel, hint: () => "no such profile is loaded: see aa-status" },
	...["EACCES", "EPERM"].map((code) => ({
		...{ syscall: "write", code, when: forLabel },
		hint: () => "the policy does not let the caller's own label change to this one",
	})),
	{
		syscall: "openat2",
		code: "ENOENT",
		when: opensLabel,
		hint: () => "this kernel has no security modules, or /proc does not show this process",
	},
	...["EXDEV", "ELOOP"].map((code) => ({
		...{ syscall: "openat2", code, when: opensLabel },
		hint: () => "something is mounted over the file that takes the label, so it is not the kernel's",
	})),
	{
		syscall: "fstatfs",
		code: "EXDEV",
		when: opensLabel,
		hint: () => "/proc is no file system of the kernel's, so a label written there would go nowhere",
	},
	{
		syscall: "fsconfig",
		code: "EINVAL",
		when: about('"context"'),
		hint: () => "a label of files takes SELinux, and it is not active here",
	},
	{
		syscall: "prctl",
		code: "EINVAL",
		when: about("PR_SCHED_CORE"),
		hint: () => "this kernel was built without core scheduling (CONFIG_SCHED_CORE)",
	},
	{
		syscall: "prctl",
		code: "ENODEV",
		when: about("PR_SCHED_CORE"),
		hint: () => "no core of this machine has more than one thread, so there is nobody to share it with: leave it out",
	},
	{
		syscall: "prctl",
		code: "EINVAL",
		when: about("PR_SET_TSC"),
		hint: () => "this kernel or processor cannot forbid it",
	},
	{
		syscall: "prctl",
		code: "ENXIO",
		when: about("SPECULATION_CTRL"),
		hint: () =>
			"the machine was started without a switch for each process: see spec_store_bypass_disable, spectre_v2_user and l1d_flush in kernel-parameters.txt",
	},
	...["ENODEV", "EINVAL"].map((code) => ({
		...{ syscall: "prctl", code, when: about("SPECULATION_CTRL") },
		hint: () => "this kernel or processor does not have this mitigation",
	})),
];
