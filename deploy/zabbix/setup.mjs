// A new Zabbix made ready for Forewarn: its administrator gets a password of their own in place of
// the one that everybody knows, the template is imported, and a host `Forewarn` has it. What is done
// already is left as it is. Plain JavaScript for any Node.js from 20 on.
//
//   node setup.mjs http://127.0.0.1:8080/api_jsonrpc.php PASSWORD_FILE deploy/zabbix/forewarn.yaml
//
// Exit code 0: all of it holds; 1: it does not, and stderr says why. Zabbix 6.0 and newer.

import { readFileSync } from 'node:fs'

/** The name of the host, as the sink's `zabbix_host`. */
const host = 'Forewarn'
/** That of the template: a host and a template cannot have the same. */
const template = 'Forewarn by trapper'

/** A Zabbix that has just been started may take this long to answer. */
const answerWithinMs = 120_000

const [url, passwordFile, templateFile] = process.argv.slice(2)
if (templateFile === undefined) {
  process.stderr.write('usage: node setup.mjs API_URL PASSWORD_FILE TEMPLATE_FILE\n')
  process.exit(1)
}
const password = readFileSync(passwordFile, 'utf8').trim()
if (password.length < 12) throw new Error(`${passwordFile} holds no password of 12 characters`)

let token
let version = [6, 0]
/** True from this version of Zabbix on. */
const since = (major, minor) => version[0] > major || (version[0] === major && version[1] >= minor)

/** The result of a call; throws what Zabbix says against it. */
async function call(method, params) {
  const body = { jsonrpc: '2.0', id: 1, method, params }
  const headers = { 'content-type': 'application/json-rpc' }
  if (token !== undefined && since(6, 4)) headers.authorization = `Bearer ${token}`
  if (token !== undefined && !since(6, 4)) body.auth = token
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  const { result, error } = await answer.json()
  if (error !== undefined) throw new Error(`${method}: ${error.message} ${error.data}`)
  return result
}

/** The version, once Zabbix answers. */
async function answered() {
  const endMs = Date.now() + answerWithinMs
  for (;;) {
    try {
      return (await call('apiinfo.version', [])).split('.').map(Number)
    } catch (error) {
      if (Date.now() > endMs) throw error
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
  }
}

/** Logs in with the password of the file, after giving it to an administrator who has none. */
async function login() {
  const username = 'Admin'
  try {
    token = await call('user.login', { username, password })
    return
  } catch (refused) {
    const usual = 'zabbix'
    token = await call('user.login', { username, password: usual }).catch(() => {
      throw refused
    })
    const [{ userid }] = await call('user.get', { filter: { username } })
    const old = since(6, 4) ? { current_passwd: usual } : {}
    await call('user.update', { userid, passwd: password, ...old })
    token = undefined
    token = await call('user.login', { username, password })
  }
}

/** The id of the first that a question finds; undefined where there is none. */
async function found(method, filter, id) {
  const [first] = await call(method, { output: [id], filter })
  return first?.[id]
}

version = await answered()
await login()
const groups = since(6, 2) ? ['template_groups', 'host_groups'] : ['groups']
const kinds = ['templates', 'discoveryRules', 'items', 'triggers']
const rule = { createMissing: true, updateExisting: true }
const rules = Object.fromEntries([
  ...kinds.map((kind) => [kind, rule]),
  ...groups.map((kind) => [kind, { createMissing: true }]),
])
const source = readFileSync(templateFile, 'utf8')
await call('configuration.import', { format: 'yaml', rules, source })
const templateid = await found('template.get', { host: template }, 'templateid')
const named = { name: host }
const groupid =
  (await found('hostgroup.get', named, 'groupid')) ??
  (await call('hostgroup.create', named)).groupids[0]
if ((await found('host.get', { host }, 'hostid')) === undefined) {
  await call('host.create', { host, groups: [{ groupid }], templates: [{ templateid }] })
}
process.stdout.write(`Zabbix ${version.join('.')} is ready for Forewarn\n`)
