/** The field for the access token, where the server wants one. */

import { useState } from 'preact/hooks'
import { attempts, link } from './board.ts'

async function trouble(token: string): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ token })
  try {
    const answer = await fetch('api/v1/session', { method: 'POST', headers, body })
    if (answer.ok) return ''
    return answer.status === 401 ? 'This is not the token.' : 'The server could not take it.'
  } catch {
    return 'The server does not answer.'
  }
}

export function SignIn() {
  const [token, setToken] = useState('')
  const [wrong, setWrong] = useState('')
  const submit = async (submitted: Event): Promise<void> => {
    submitted.preventDefault()
    const words = await trouble(token)
    setWrong(words)
    if (words !== '') return
    link.value = 'connecting'
    attempts.value++
  }
  return (
    <main class="sign-in">
      <form onSubmit={submit}>
        <img src="./favicon.svg" width="40" height="40" alt="" />
        <h1>Forewarn</h1>
        <label for="token">Access token</label>
        <input
          id="token"
          type="password"
          autocomplete="current-password"
          autofocus
          value={token}
          aria-describedby="wrong"
          onInput={(typed) => setToken(typed.currentTarget.value)}
        />
        <p id="wrong" role="alert">
          {wrong}
        </p>
        <button type="submit" disabled={token === ''}>
          Sign in
        </button>
        <p class="hint">It is set where the server is configured: server.token_file.</p>
      </form>
    </main>
  )
}
