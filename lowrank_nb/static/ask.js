// The entry of the live model.
import { answering } from './answer.js'
import { addressText, clampDatabase } from './database.js'
import { widget } from './mount.js'

export default widget({ ask: { make: answering, clamp: clampDatabase, text: addressText } })
