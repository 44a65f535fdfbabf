/** The options of `ns doctor`. */
import type { Option } from "../options.ts";

export const options: readonly Option[] = [];
