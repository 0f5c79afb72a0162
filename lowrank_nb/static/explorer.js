// The entry of the structure explorers.
import { counts } from './counts.js'
import { mask } from './mask.js'
import { widget } from './mount.js'

export default widget({ mask, counts })
