// Compare-and-append: the one place where events enter a stream. Runs inside Redis, atomically, on one partition.
// Invariant: the stream holds exactly the events before its position, once and in order; an append that would leave a
// hole changes nothing.

/**
 * KEYS  1 stream, 2 position hash (same slot)
 * ARGV  1 source, 2 believed position ('' = read as missing), 3 position after this append, 4 completeFrom ('' = none),
 *       5 beginsAt for a position made now: where the run began ('' = the stream will hold everything),
 *       then id, event, id, event ...
 * Answers
 *   {'appended', n}             n entries were new; those at or below the stream's last id are skipped, they are there
 *   {'rewind', stored}          stored < believed, or read as missing and stored < beginsAt, or a position without its
 *                               stream (then the position is deleted): nothing appended
 *   {'foreign', lastId}         the stream's last id is not below the position, so somebody else wrote: stream and
 *                               position are deleted
 *   {'wrong-source', source}    the position belongs to another database: nothing changed
 *   an error (out of memory, ...): the entries before it stay and the position covers exactly them
 */
export const appendScript = `
local held = redis.call('HMGET', KEYS[2], 'source', 'at', 'completeFrom')
local source, at, completeFrom = held[1], held[2] or '', held[3] or ''
if source and source ~= ARGV[1] then return {'wrong-source', source} end
local exists = redis.call('EXISTS', KEYS[1]) == 1
if at ~= '' and not exists then
  redis.call('DEL', KEYS[2])
  return {'rewind', ''}
end
if at < ARGV[2] then return {'rewind', at} end
-- Another relay made it meanwhile, or Redis went back to an older file: what is between it and our beginning would be
-- left out.
if at ~= '' and ARGV[2] == '' and at < ARGV[5] then return {'rewind', at} end

local lastSeconds, lastSequence = 0, 0
if exists then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  local lastId = '0-0'
  for n = 1, #info, 2 do
    if info[n] == 'last-generated-id' then lastId = info[n + 1] end
  end
  local a, b = string.match(lastId, '^(%d+)-(%d+)$')
  lastSeconds, lastSequence = tonumber(a), tonumber(b)
  local endSeconds, endSequence = 0, 2
  if at ~= '' then
    endSeconds = tonumber(string.sub(at, 1, 8), 16)
    endSequence = tonumber(string.sub(at, 9, 16), 16) * 1048576 + tonumber(string.sub(at, 17), 16)
  end
  if lastSeconds > endSeconds or (lastSeconds == endSeconds and lastSequence >= endSequence) then
    redis.call('DEL', KEYS[1], KEYS[2])
    return {'foreign', lastId}
  end
else
  local made = redis.pcall('XADD', KEYS[1], '0-1', 'e', '')
  if type(made) == 'table' and made.err then return made end
  redis.call('XTRIM', KEYS[1], 'MAXLEN', 0)
end

local function settle(position)
  if at == '' then redis.call('HSET', KEYS[2], 'source', ARGV[1], 'beginsAt', ARGV[5]) end
  if at < position then redis.call('HSET', KEYS[2], 'at', position) end
  if completeFrom < ARGV[4] then redis.call('HSET', KEYS[2], 'completeFrom', ARGV[4]) end
end

local added = 0
for n = 6, #ARGV, 2 do
  local a, b = string.match(ARGV[n], '^(%d+)-(%d+)$')
  local seconds, sequence = tonumber(a), tonumber(b)
  if seconds > lastSeconds or (seconds == lastSeconds and sequence > lastSequence) then
    local reply = redis.pcall('XADD', KEYS[1], ARGV[n], 'e', ARGV[n + 1])
    if type(reply) == 'table' and reply.err then
      if added > 0 then
        settle(string.format('%08x%08x%06x', lastSeconds, math.floor(lastSequence / 1048576), lastSequence % 1048576 + 1))
      end
      return reply
    end
    lastSeconds, lastSequence = seconds, sequence
    added = added + 1
  end
end
settle(ARGV[3])
return {'appended', added}
`;

/**
 * KEYS  1 stream, 2 position hash, 3 cursors hash (same slot)
 * Answers {position fields (source, at, completeFrom, beginsAt, snapshotsFrom), last id, first id or '',
 * cursors (flat), groups} with groups as {name, acknowledged up to, ...}: one atomic look, so that "at the last id" and
 * the position belong together.
 */
export const surveyScript = `
local position = redis.call('HMGET', KEYS[2], 'source', 'at', 'completeFrom', 'beginsAt', 'snapshotsFrom')
local cursors = redis.call('HGETALL', KEYS[3])
if redis.call('EXISTS', KEYS[1]) == 0 then return {position, '0-0', '', cursors, {}} end
local info = redis.call('XINFO', 'STREAM', KEYS[1])
local lastId, firstId = '0-0', ''
for n = 1, #info, 2 do
  if info[n] == 'last-generated-id' then lastId = info[n + 1] end
  if info[n] == 'first-entry' and info[n + 1] then firstId = info[n + 1][1] end
end
local groups = {}
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local field = {}
  for n = 1, #group, 2 do field[group[n]] = group[n + 1] end
  local upTo = field['last-delivered-id']
  if field['pending'] > 0 then
    local first = redis.call('XPENDING', KEYS[1], field['name'])[2]
    local a, b = string.match(first, '^(%d+)-(%d+)$')
    upTo = tonumber(b) > 0 and a .. '-' .. string.format('%.0f', tonumber(b) - 1) or string.format('%.0f', tonumber(a) - 1) .. '-18446744073709551615'
  end
  table.insert(groups, field['name'])
  table.insert(groups, upTo)
end
return {position, lastId, firstId, cursors, groups}
`;

/**
 * KEYS  1 stream, 2 position hash. ARGV 1 first id to keep, 2 the position of that id.
 * Answers the number of entries removed; with any, the hash notes that the stream begins there.
 */
export const trimScript = `
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
local removed = redis.call('XTRIM', KEYS[1], 'MINID', ARGV[1])
if removed > 0 and (redis.call('HGET', KEYS[2], 'beginsAt') or '') < ARGV[2] then
  redis.call('HSET', KEYS[2], 'beginsAt', ARGV[2])
end
return removed
`;

/**
 * KEYS  1 position hash. ARGV 1 source, 2 position from where on snapshots are in the stream.
 * Answers 1 when it is noted; 0 when the position is missing or another database's.
 */
export const noteSnapshotsScript = `
if redis.call('HGET', KEYS[1], 'source') ~= ARGV[1] then return 0 end
if (redis.call('HGET', KEYS[1], 'snapshotsFrom') or '') < ARGV[2] then redis.call('HSET', KEYS[1], 'snapshotsFrom', ARGV[2]) end
return 1
`;

/**
 * KEYS  1 stream, 2 position hash. ARGV 1 source.
 * Deletes both when they belong to this source; answers whether they did.
 */
export const discardScript = `
if redis.call('HGET', KEYS[2], 'source') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
return 1
`;
