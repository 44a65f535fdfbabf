/** The options of `ns list`. */
import type { Option } from "../options.ts";

export const options: readonly Option[] = [];
