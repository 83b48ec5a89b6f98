/** Checks of options that say where and as whom something is posted. */

import { validateHeaderValue } from 'node:http'
import { ForewarnError } from '../../core/errors.ts'

/** A fault of the configuration. */
export function fault(message: string): ForewarnError {
  return new ForewarnError('ERR_CONFIG_INVALID', message)
}

/**
 * Throws ERR_CONFIG_INVALID where this is no address that can be posted to. The text itself is not
 * in the message: in many addresses the path is a secret.
 */
export function checkAddress(option: string, text: string, example: string): void {
  const expected = `${option}: expected an address such as ${example}`
  if (!URL.canParse(text)) throw fault(text === '' ? `${expected}, found none` : expected)
  const { protocol, username, password } = new URL(text)
  const posts = protocol === 'http:' || protocol === 'https:'
  if (!posts) throw fault(`${expected}, found ${protocol}//`)
  if (username !== '' || password !== '') {
    throw fault(`${option}: user and password do not go into the address`)
  }
}

/** Throws ERR_CONFIG_INVALID, without the text, where it cannot stand in a header. */
export function checkHeaderText(option: string, text: string): void {
  try {
    validateHeaderValue('authorization', text)
  } catch {
    throw fault(`${option}: has a character that no header can have`)
  }
}
