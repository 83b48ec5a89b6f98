/**
 * What a save does in Redis, each script in one piece. All of them first look whether this process
 * still has the scope: its token stands under KEYS[1] until another process loads the scope.
 */

const fence = `
local held = redis.call('GET', KEYS[1])
if not held then return redis.error_reply('LOST the saved states are gone') end
if held ~= ARGV[1] then return redis.error_reply('FENCED another process has loaded the states') end
`

/**
 * KEYS: token, index, owners … · ARGV: token, milliseconds to live (0: for ever), length of the
 * prefix of the owners' keys, their bytes … An owner of one series has a slash in its name; what
 * there is once (silences, clocks) may rest for longer than any series and lives for ever.
 */
export const saveOwners = `${fence}
local names = {}
for i = 3, #KEYS do
  local name = string.sub(KEYS[i], ARGV[3] + 1)
  local once = not string.find(name, '/', 1, true)
  if once or ARGV[2] == '0' then redis.call('SET', KEYS[i], ARGV[i + 1])
  else redis.call('SET', KEYS[i], ARGV[i + 1], 'PX', ARGV[2]) end
  names[#names + 1] = name
end
redis.call('SADD', KEYS[2], unpack(names))
return 1`

/** KEYS: token, index, owners … · ARGV: token, length of the prefix of the owners' keys. */
export const forgetOwners = `${fence}
for i = 3, #KEYS do
  redis.call('DEL', KEYS[i])
  redis.call('SREM', KEYS[2], string.sub(KEYS[i], ARGV[2] + 1))
end
return 1`

/**
 * KEYS: token, positions, outbox · ARGV: token, how the names of the positions of sinks begin, how
 * many entries are added, then name and text of each, then the positions of sinks with their names.
 */
export const saveFirst = `${fence}
for i, name in ipairs(redis.call('HKEYS', KEYS[2])) do
  if string.sub(name, 1, #ARGV[2]) == ARGV[2] then redis.call('HDEL', KEYS[2], name) end
end
local at = 4
for i = 1, ARGV[3] do
  redis.call('HSET', KEYS[3], ARGV[at], ARGV[at + 1])
  at = at + 2
end
for i = at, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
return 1`

/**
 * KEYS: token, positions, outbox · ARGV: token, how many positions, then partition and offset of
 * each, names of the entries that are removed.
 */
export const saveEnd = `${fence}
local at = 3
redis.call('DEL', KEYS[2])
for i = 1, ARGV[2] do
  redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1])
  at = at + 2
end
for i = at, #ARGV do redis.call('HDEL', KEYS[3], ARGV[i]) end
return 1`

/** KEYS: token · ARGV: the token held so far, the new one. Fails where another process has it. */
export const takeAgain = `
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then
  return redis.error_reply('FENCED another process has loaded the states')
end
redis.call('SET', KEYS[1], ARGV[2])
return 1`

/** KEYS: token. What the server that has it says of itself. */
export const facts = `return redis.call('INFO', 'server')`
