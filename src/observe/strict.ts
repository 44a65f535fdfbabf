/** What the strict preset shows, as the base of what is learned. */
import { visibleInStrict } from "../profile/strict.ts";
import type { Base } from "./needs.ts";

/** Calls among those that are watched that an ordinary program may make also in the strict preset. */
const common = new Set(["ptrace", "process_vm_readv", "process_vm_writev", "name_to_handle_at", "clone"]);

/** The strict preset of a caller whose home directory is `home`. */
export function strictBase(home: string): Base {
	return {
		visible: visibleInStrict,
		own: ["/proc", "/dev", "/dev/shm", "/tmp", ...(home.startsWith("/") ? [home] : [])],
		refuses: (call) => !common.has(call),
	};
}
