-- Wireshark dissector for Motor City Online (2001): NPS (ports 7003, 8226 to 8228,
-- 9000 to 9020, 10001) and MCOTS (port 43300).
--
-- Written by MCOS @VERSION@ from its declarations of the messages; changes to this file
-- are lost when it is written anew. MCOS is not affiliated with Electronic Arts.
--
-- To use it, put it into the folder that Help > About Wireshark > Folders calls
-- "Personal Lua Plugins", or start: wireshark -X lua_script:mcos.lua FILE
-- A server on other ports: right click a packet, Decode As.
--
-- Captures of live traffic are encrypted after the login. With the session's keys they
-- can be read: Edit > Preferences > Protocols > MCO > Session key file, or on a command
-- line -o mco.keys:FILE. Each line of the file begins with one key as hex digits.

local mco = Proto("mco", "Motor City Online")
mco.prefs.keys = Pref.string("Session key file", "", "File with one session key (hex) a line; mcos session export writes one")

local F, L, M = {}, {}, {}

-- declare adds one layout of a message; the first one that fits a body is taken.
local function declare(family, way, number, message)
  M[family] = M[family] or {}
  M[family][way] = M[family][way] or {}
  M[family][way][number] = M[family][way][number] or {}
  table.insert(M[family][way][number], message)
end

-- @DECLARATIONS@
local name_field = ProtoField.string("mco.name", "Message")
local number_field = ProtoField.uint16("mco.number", "Number", base.HEX_DEC)
local section_field = ProtoField.string("mco.section", "Described in")
local sure_field = ProtoField.string("mco.confidence", "Layout known from")
local way_field = ProtoField.string("mco.direction", "Direction")
local length_field = ProtoField.uint16("mco.length", "Length")
local sequence_field = ProtoField.uint32("mco.sequence", "Sequence")
local flags_field = ProtoField.uint8("mco.flags", "Flags", base.HEX)
local header_field = ProtoField.bytes("mco.header", "Rest of the header")
local cipher_field = ProtoField.bytes("mco.encrypted", "Encrypted bytes")
local rest_field = ProtoField.bytes("mco.surplus", "Bytes behind the last field")
local unknown_field = ProtoField.bytes("mco.unknown", "Unknown message")

local all = {
  name_field, number_field, section_field, sure_field, way_field, length_field, sequence_field, flags_field,
  header_field, cipher_field, rest_field, unknown_field,
}
for _, f in pairs(F) do table.insert(all, f) end
mco.fields = all

local bad_layout = ProtoExpert.new("mco.malformed", "The bytes do not fit the known layout", expert.group.MALFORMED, expert.severity.ERROR)
local bad_frame = ProtoExpert.new("mco.badframe", "Not a message of this protocol", expert.group.MALFORMED, expert.severity.ERROR)
local no_key = ProtoExpert.new("mco.nokey", "Encrypted, and no session key fits", expert.group.UNDECODED, expert.severity.NOTE)
local compressed = ProtoExpert.new("mco.compressed", "Compressed; it is not taken apart here", expert.group.UNDECODED, expert.severity.NOTE)
mco.experts = { bad_layout, bad_frame, no_key, compressed }

local confidence = {
  C = "captured traffic", D = "the client program", S = "what a known server sends", G = "a guess",
  ours = "a decision of MCOS", N = "nothing, only the name is known",
}

--------------------------------------------------------------------------------------
-- Layouts. Every function returns the place behind what it has read, or nil when the
-- bytes do not suffice. Without a tree it only measures.

local walk

local function number(f, tvb, pos)
  local r = tvb(pos, f.s)
  if f.s > 4 then return 0 end
  if f.k == "int" then return f.le and r:le_int() or r:int() end
  return f.le and r:le_uint() or r:uint()
end

local function terminated(tvb, pos, limit)
  for i = pos, limit - 1 do
    if tvb(i, 1):uint() == 0 then return i end
  end
  return nil
end

-- text finds where a text starts, where it ends, and where the field ends.
local function text(f, tvb, pos, limit)
  local from, n = pos, f.s
  if f.k == "cstr" then
    local stop = terminated(tvb, pos, math.min(limit, pos + f.s))
    if not stop then return nil end
    return pos, stop, stop + 1
  elseif f.k == "str16" then
    if limit - pos < 2 then return nil end
    from, n = pos + 2, tvb(pos, 2):uint()
    if n > f.s then return nil end
  elseif f.k == "pstr" then
    if limit - pos < 4 then return nil end
    from = pos + 4
    n = f.le and tvb(pos, 4):le_uint() or tvb(pos, 4):uint()
    if n > f.s then return nil end
  end
  if limit - from < n then return nil end
  local stop = from + n
  if f.k == "char" then
    stop = terminated(tvb, from, stop) or stop
  elseif f.k == "pstr" and n > 0 and tvb(stop - 1, 1):uint() == 0 then
    stop = stop - 1
  end
  return from, stop, from + n
end

local function subtree(tree, tvb, pos, limit, title)
  if not tree or limit <= pos then return tree end
  return tree:add(tvb(pos, limit - pos), title)
end

local field

local function elements(f, tvb, pos, limit, tree, n)
  if n < 0 or n * f.e.m > limit - pos then return nil end
  local list = n > 0 and subtree(tree, tvb, pos, limit, f.n .. ": " .. n) or nil
  local at = pos
  for i = 0, n - 1 do
    at = field(f.e, tvb, at, limit, list, 0, f.n .. "[" .. i .. "]")
    if not at then return nil end
  end
  if list then list:set_len(at - pos) end
  return at
end

local function struct(f, tvb, pos, limit, tree, title)
  local stop = limit
  local at = pos
  if f.k == "record" then
    if limit - pos < 2 then return nil end
    at = pos + 2
    stop = at + tvb(pos, 2):uint()
    if stop > limit then return nil end
  end
  local item = subtree(tree, tvb, pos, stop, title)
  at = walk(f.l, tvb, at, stop, item)
  if not at then return nil end
  if f.k == "record" then at = stop end
  if item and item ~= tree then item:set_len(at - pos) end
  return at
end

function field(f, tvb, pos, limit, tree, count, title)
  local k = f.k
  if k == "uint" or k == "int" or k == "float" or k == "bool" then
    if limit - pos < f.s then return nil end
    if tree then
      if f.le then tree:add_le(f.f, tvb(pos, f.s)) else tree:add(f.f, tvb(pos, f.s)) end
    end
    return pos + f.s
  elseif k == "bytes" or k == "rest" then
    local n = k == "rest" and limit - pos or f.s
    if limit - pos < n then return nil end
    if tree and n > 0 then tree:add(f.f, tvb(pos, n)) end
    return pos + n
  elseif k == "struct" or k == "record" then
    return struct(f, tvb, pos, limit, tree, title or f.n)
  elseif k == "array" then
    return elements(f, tvb, pos, limit, tree, f.s)
  elseif k == "list" then
    return elements(f, tvb, pos, limit, tree, count)
  end
  local from, stop, behind = text(f, tvb, pos, limit)
  if not from then return nil end
  if tree and behind > pos then
    local value = stop > from and tvb(from, stop - from):string(ENC_ISO_8859_1) or ""
    tree:add(f.f, tvb(pos, behind - pos), value)
  end
  return behind
end

function walk(layout, tvb, pos, limit, tree)
  local counts = {}
  for _, f in ipairs(layout) do
    if not (f.opt and limit - pos < f.m) then
      if f.k == "uint" or f.k == "int" then
        if limit - pos < f.s then return nil end
        counts[f.n] = number(f, tvb, pos)
      end
      pos = field(f, tvb, pos, limit, tree, counts[f.count] or 0)
      if not pos then return nil end
    end
  end
  return pos
end

-- find takes the first layout that fits the body exactly, and the usual one otherwise.
local function find(family, way, num, tvb, pos, limit)
  local list = M[family] and M[family][way] and M[family][way][num]
  if not list then return nil end
  for _, m in ipairs(list) do
    if walk(m.l, tvb, pos, limit, nil) == limit then return m end
  end
  return list[1]
end

local function known(family, way, num)
  return M[family] and M[family][way] and M[family][way][num] ~= nil
end

-- message adds the fields of one message.
local function message(family, way, num, tvb, pos, limit, tree, pinfo)
  local m = find(family, way, num, tvb, pos, limit)
  local title = m and m.n or "unknown message"
  local shown = family == "mcots" and tostring(num) or string.format("0x%03X", num)
  tree:append_text(", " .. shown .. " " .. title)
  pinfo.cols.info:append((way == "in" and "> " or "< ") .. shown .. " " .. title .. "  ")
  tree:add(way_field, way == "in" and "client to server" or "server to client"):set_generated()
  if not m then
    if limit > pos then tree:add(unknown_field, tvb(pos, limit - pos)) end
    return
  end
  tree:add(name_field, m.n):set_generated()
  tree:add(section_field, m.s):set_generated()
  tree:add(sure_field, confidence[m.c] or m.c):set_generated()
  local stop = walk(m.l, tvb, pos, limit, tree)
  if not stop then
    tree:add_proto_expert_info(bad_layout)
  elseif stop < limit then
    tree:add(rest_field, tvb(stop, limit - stop))
  end
end

--------------------------------------------------------------------------------------
-- Ciphers. Bits are kept in tables and bytes are combined by a table, so that this runs
-- in every Lua that Wireshark has had.

local xor4 = {}
for a = 0, 15 do
  xor4[a] = {}
  for b = 0, 15 do
    local r, bit, x, y = 0, 1, a, b
    for _ = 1, 4 do
      if x % 2 ~= y % 2 then r = r + bit end
      x, y, bit = math.floor(x / 2), math.floor(y / 2), bit * 2
    end
    xor4[a][b] = r
  end
end

local function xor(a, b)
  return xor4[math.floor(a / 16)][math.floor(b / 16)] * 16 + xor4[a % 16][b % 16]
end

-- rc4 starts a key stream; the function that it returns gives the next byte.
local function rc4(key)
  local s, j = {}, 0
  for i = 0, 255 do s[i] = i end
  for i = 0, 255 do
    j = (j + s[i] + key[i % #key + 1]) % 256
    s[i], s[j] = s[j], s[i]
  end
  local i = 0
  j = 0
  return function()
    i = (i + 1) % 256
    j = (j + s[i]) % 256
    s[i], s[j] = s[j], s[i]
    return s[(s[i] + s[j]) % 256]
  end
end

-- The tables of DES, FIPS 46-3.
local des = {
  ip = {
    58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24, 16, 8,
    57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
  },
  e = {
    32, 1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 9, 8, 9, 10, 11, 12, 13, 12, 13, 14, 15, 16, 17,
    16, 17, 18, 19, 20, 21, 20, 21, 22, 23, 24, 25, 24, 25, 26, 27, 28, 29, 28, 29, 30, 31, 32, 1,
  },
  p = { 16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25 },
  pc1 = {
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
    63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
  },
  pc2 = {
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
    41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
  },
  turns = { 1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1 },
}

local sbox = {
  { 14, 4, 13, 1, 2, 15, 11, 8, 3, 10, 6, 12, 5, 9, 0, 7, 0, 15, 7, 4, 14, 2, 13, 1, 10, 6, 12, 11, 9, 5, 3, 8,
    4, 1, 14, 8, 13, 6, 2, 11, 15, 12, 9, 7, 3, 10, 5, 0, 15, 12, 8, 2, 4, 9, 1, 7, 5, 11, 3, 14, 10, 0, 6, 13 },
  { 15, 1, 8, 14, 6, 11, 3, 4, 9, 7, 2, 13, 12, 0, 5, 10, 3, 13, 4, 7, 15, 2, 8, 14, 12, 0, 1, 10, 6, 9, 11, 5,
    0, 14, 7, 11, 10, 4, 13, 1, 5, 8, 12, 6, 9, 3, 2, 15, 13, 8, 10, 1, 3, 15, 4, 2, 11, 6, 7, 12, 0, 5, 14, 9 },
  { 10, 0, 9, 14, 6, 3, 15, 5, 1, 13, 12, 7, 11, 4, 2, 8, 13, 7, 0, 9, 3, 4, 6, 10, 2, 8, 5, 14, 12, 11, 15, 1,
    13, 6, 4, 9, 8, 15, 3, 0, 11, 1, 2, 12, 5, 10, 14, 7, 1, 10, 13, 0, 6, 9, 8, 7, 4, 15, 14, 3, 11, 5, 2, 12 },
  { 7, 13, 14, 3, 0, 6, 9, 10, 1, 2, 8, 5, 11, 12, 4, 15, 13, 8, 11, 5, 6, 15, 0, 3, 4, 7, 2, 12, 1, 10, 14, 9,
    10, 6, 9, 0, 12, 11, 7, 13, 15, 1, 3, 14, 5, 2, 8, 4, 3, 15, 0, 6, 10, 1, 13, 8, 9, 4, 5, 11, 12, 7, 2, 14 },
  { 2, 12, 4, 1, 7, 10, 11, 6, 8, 5, 3, 15, 13, 0, 14, 9, 14, 11, 2, 12, 4, 7, 13, 1, 5, 0, 15, 10, 3, 9, 8, 6,
    4, 2, 1, 11, 10, 13, 7, 8, 15, 9, 12, 5, 6, 3, 0, 14, 11, 8, 12, 7, 1, 14, 2, 13, 6, 15, 0, 9, 10, 4, 5, 3 },
  { 12, 1, 10, 15, 9, 2, 6, 8, 0, 13, 3, 4, 14, 7, 5, 11, 10, 15, 4, 2, 7, 12, 9, 5, 6, 1, 13, 14, 0, 11, 3, 8,
    9, 14, 15, 5, 2, 8, 12, 3, 7, 0, 4, 10, 1, 13, 11, 6, 4, 3, 2, 12, 9, 5, 15, 10, 11, 14, 1, 7, 6, 0, 8, 13 },
  { 4, 11, 2, 14, 15, 0, 8, 13, 3, 12, 9, 7, 5, 10, 6, 1, 13, 0, 11, 7, 4, 9, 1, 10, 14, 3, 5, 12, 2, 15, 8, 6,
    1, 4, 11, 13, 12, 3, 7, 14, 10, 15, 6, 8, 0, 5, 9, 2, 6, 11, 13, 8, 1, 4, 10, 7, 9, 5, 0, 15, 14, 2, 3, 12 },
  { 13, 2, 8, 4, 6, 15, 11, 1, 10, 9, 3, 14, 5, 0, 12, 7, 1, 15, 13, 8, 10, 3, 7, 4, 12, 5, 6, 11, 0, 14, 9, 2,
    7, 11, 4, 1, 9, 12, 14, 2, 0, 6, 10, 13, 15, 3, 5, 8, 2, 1, 14, 7, 4, 10, 8, 13, 15, 12, 9, 0, 3, 5, 6, 11 },
}

local function permute(bits, table_)
  local out = {}
  for i = 1, #table_ do out[i] = bits[table_[i]] end
  return out
end

local function to_bits(bytes, from, n)
  local bits = {}
  for i = 0, n - 1 do
    local b, bit = bytes[from + i], 128
    for _ = 1, 8 do
      if b >= bit then
        bits[#bits + 1] = 1
        b = b - bit
      else
        bits[#bits + 1] = 0
      end
      bit = bit / 2
    end
  end
  return bits
end

-- des_keys makes the sixteen round keys, in the order of decryption.
local function des_keys(key)
  local cd = permute(to_bits(key, 1, 8), des.pc1)
  local keys = {}
  for round = 1, 16 do
    for _ = 1, des.turns[round] do
      local c, d = cd[1], cd[29]
      for i = 1, 27 do cd[i], cd[28 + i] = cd[i + 1], cd[29 + i] end
      cd[28], cd[56] = c, d
    end
    keys[17 - round] = permute(cd, des.pc2)
  end
  return keys
end

-- des_inverse says for every bit of the final permutation where it comes from.
local des_inverse = {}
for i, from in ipairs(des.ip) do des_inverse[from] = i end

local function des_block(keys, bytes, from)
  local bits = permute(to_bits(bytes, from, 8), des.ip)
  local left, right = {}, {}
  for i = 1, 32 do left[i], right[i] = bits[i], bits[32 + i] end
  for round = 1, 16 do
    local key, out = keys[round], {}
    for box = 0, 7 do
      local six = {}
      for i = 1, 6 do
        local at = box * 6 + i
        six[i] = right[des.e[at]] == key[at] and 0 or 1
      end
      local value = sbox[box + 1][(six[1] * 2 + six[6]) * 16 + six[2] * 8 + six[3] * 4 + six[4] * 2 + six[5] + 1]
      for i = 4, 1, -1 do
        out[box * 4 + i] = value % 2
        value = math.floor(value / 2)
      end
    end
    local next_right = {}
    for i = 1, 32 do next_right[i] = left[i] == out[des.p[i]] and 0 or 1 end
    left, right = right, next_right
  end
  for i = 1, 32 do bits[i], bits[32 + i] = right[i], left[i] end
  local plain = permute(bits, des_inverse)
  local result = {}
  for i = 0, 7 do
    local b = 0
    for j = 1, 8 do b = b * 2 + plain[i * 8 + j] end
    result[i + 1] = b
  end
  return result
end

-- des_cbc makes a decrypter that remembers the last block.
local function des_cbc(key)
  local keys, before = des_keys(key), { 0, 0, 0, 0, 0, 0, 0, 0 }
  return function(bytes)
    local out = {}
    for at = 1, #bytes - 7, 8 do
      local block = des_block(keys, bytes, at)
      for i = 1, 8 do
        out[at + i - 1] = xor(block[i], before[i])
        before[i] = bytes[at + i - 1]
      end
    end
    return out
  end
end

--------------------------------------------------------------------------------------
-- Keys and connections.

local keys, streams, plain = {}, {}, {}
local stream_of = Field.new("tcp.stream")

-- complain tells about a setting that cannot work: in a window, or where tshark writes
-- its errors.
local function complain(text)
  if gui_enabled() then report_failure(text) else io.stderr:write(text, "\n") end
end

local function load_keys()
  keys = {}
  if mco.prefs.keys == "" then return end
  local file = io.open(mco.prefs.keys, "r")
  if not file then
    complain("MCO: the file of session keys cannot be read: " .. mco.prefs.keys)
    return
  end
  for line in file:lines() do
    local digits = line:match("^%s*(%x+)")
    if digits and #digits >= 16 and #digits % 2 == 0 then
      local key = {}
      for pair in digits:gmatch("%x%x") do key[#key + 1] = tonumber(pair, 16) end
      keys[#keys + 1] = key
    end
  end
  file:close()
  if #keys == 0 then complain("MCO: there is no session key in " .. mco.prefs.keys) end
end

function mco.init()
  streams, plain = {}, {}
  load_keys()
end

local function first(key, n)
  local part = {}
  for i = 1, n do part[i] = key[i] end
  return part
end

-- ciphers make the decrypter of one direction, and judge what it has made of the
-- direction's first message.
local ciphers = {
  lobby = {
    least = 8,
    start = function(key) return des_cbc(first(key, 8)) end,
    right = function(way, b)
      local n = b[3] * 256 + b[4]
      return n >= 4 and n <= #b and known("lobby", way, b[1] * 256 + b[2])
    end,
  },
  mcots = {
    least = 16,
    start = function(key)
      local stream = rc4(first(key, 16))
      return function(bytes)
        local out = {}
        for i = 1, #bytes do out[i] = xor(bytes[i], stream()) end
        return out
      end
    end,
    right = function(way, b) return #b >= 2 and known("mcots", way, b[1] + b[2] * 256) end,
  },
}

-- decrypt gives the bytes of an encrypted part in clear, or nil without a key. Each part
-- is decrypted once, in the order of the stream, and remembered.
local function decrypt(family, way, tvb, pos, n, pinfo)
  local raw = tvb:raw(pos, n)
  local id = pinfo.number .. ":" .. tvb:offset() .. ":" .. n .. ":" .. raw:sub(1, 16)
  if plain[id] ~= nil then return plain[id] end
  local info = stream_of()
  local number_ = info and info.value or 0
  local stream = streams[number_] or {}
  streams[number_] = stream
  local bytes = { raw:byte(1, math.min(n, 4000)) }
  for at = 4001, n, 4000 do
    for _, b in ipairs({ raw:byte(at, math.min(n, at + 3999)) }) do bytes[#bytes + 1] = b end
  end
  local cipher, out = ciphers[family], nil
  if stream[way] then
    out = stream[way](bytes)
  else
    for _, key in ipairs(stream.key and { stream.key } or keys) do
      if #key >= cipher.least then
        local try = cipher.start(key)
        local result = try(bytes)
        if cipher.right(way, result) then
          stream[way], stream.key, out = try, key, result
          break
        end
      end
    end
  end
  plain[id] = false
  if out then
    local hex = {}
    for i, b in ipairs(out) do hex[i] = string.format("%02x", b) end
    plain[id] = table.concat(hex)
  end
  return plain[id]
end

--------------------------------------------------------------------------------------
-- The framings.

local function nps_item(tvb, tree, title)
  local item = tree:add(mco, tvb(), "Motor City Online, " .. title)
  item:add(number_field, tvb(0, 2))
  item:add(length_field, tvb(2, 2))
  return item
end

local function long(family)
  return function(tvb, pinfo, tree, way)
    local item, body = nps_item(tvb, tree, family), 4
    local n = tvb:len()
    if way == "in" then
      body = 12
    elseif n >= 12 and tvb(6, 2):uint() == 0 and (tvb(4, 2):uint() == 0x0101 or tvb(8, 4):uint() == n) then
      body = 12
    end
    if n < body then
      item:add_proto_expert_info(bad_frame)
      return
    end
    if body > 4 then item:add(header_field, tvb(4, body - 4)) end
    message(family, way, tvb(0, 2):uint(), tvb, body, n, item, pinfo)
  end
end

local function mail(tvb, pinfo, tree, way)
  message("mail", way, tvb(0, 2):uint(), tvb, 4, tvb:len(), nps_item(tvb, tree, "mail"), pinfo)
end

local function lobby(tvb, pinfo, tree, way)
  local item, num, n = nps_item(tvb, tree, "lobby"), tvb(0, 2):uint(), tvb:len()
  if num ~= 0x1101 or n < 12 then
    message("lobby", way, num, tvb, 4, n, item, pinfo)
    return
  end
  local clear = decrypt("lobby", way, tvb, 4, n - 4, pinfo)
  item:add(cipher_field, tvb(4, n - 4))
  if not clear then
    item:add_proto_expert_info(no_key)
    message("lobby", way, num, tvb, 4, n, item, pinfo)
    return
  end
  local inner = ByteArray.new(clear):tvb("Decrypted message")
  local size = inner(2, 2):uint()
  if size < 4 or size > inner:len() then
    item:add_proto_expert_info(bad_frame)
    return
  end
  local sub = item:add(mco, inner(0, size), "Decrypted")
  sub:add(number_field, inner(0, 2))
  sub:add(length_field, inner(2, 2))
  message("lobby", way, inner(0, 2):uint(), inner, 4, size, sub, pinfo)
end

local function has(flags, bit) return math.floor(flags / bit) % 2 == 1 end

local function mcots(tvb, pinfo, tree, way)
  local item, n = tree:add(mco, tvb(), "Motor City Online, MCOTS"), tvb:len()
  if n < 11 or tvb(2, 4):string() ~= "TOMC" then
    item:add_proto_expert_info(bad_frame)
    return
  end
  item:add_le(length_field, tvb(0, 2))
  item:add_le(sequence_field, tvb(6, 4))
  item:add(flags_field, tvb(10, 1))
  local flags = tvb(10, 1):uint()
  if has(flags, 0x80) then
    item:add(name_field, "heartbeat"):set_generated()
    pinfo.cols.info:append("heartbeat  ")
    return
  end
  local body, pos, stop = tvb, 11, n
  if has(flags, 0x08) and n > 11 then
    local clear = decrypt("mcots", way, tvb, 11, n - 11, pinfo)
    item:add(cipher_field, tvb(11, n - 11))
    if not clear then
      item:add_proto_expert_info(no_key)
      pinfo.cols.info:append("encrypted  ")
      return
    end
    body, pos = ByteArray.new(clear):tvb("Decrypted message"), 0
    stop = body:len()
  end
  if has(flags, 0x02) then
    item:add_proto_expert_info(compressed)
    pinfo.cols.info:append("compressed  ")
    return
  end
  if stop - pos < 2 then
    item:add_proto_expert_info(bad_frame)
    return
  end
  item:add_le(number_field, body(pos, 2))
  message("mcots", way, body(pos, 2):le_uint(), body, pos + 2, stop, item, pinfo)
end

local function nps_size(tvb, _, offset)
  return math.max(4, tvb(offset + 2, 2):uint())
end

local function mcots_size(tvb, _, offset)
  return math.max(11, tvb(offset, 2):le_uint() + 2)
end

-- register makes the protocol of one kind of port.
local function register(name, title, ports, least, size, dissect)
  local proto = Proto(name, title)
  function proto.dissector(tvb, pinfo, tree)
    pinfo.cols.protocol = name:upper()
    pinfo.cols.info = ""
    local way = pinfo.dst_port == pinfo.match_uint and "in" or "out"
    dissect_tcp_pdus(tvb, tree, least, size, function(part, info, branch)
      dissect(part, info, branch, way)
      return part:len()
    end)
    return tvb:len()
  end
  local tcp = DissectorTable.get("tcp.port")
  for _, port in ipairs(ports) do tcp:add(port, proto) end
end

local rooms = { 7003, 10001 }
for port = 9000, 9020 do table.insert(rooms, port) end
register("mcologin", "Motor City Online login", { 8226 }, 4, nps_size, long("login"))
register("mcomail", "Motor City Online mail", { 8227 }, 4, nps_size, mail)
register("mcopersona", "Motor City Online personas", { 8228 }, 4, nps_size, long("persona"))
register("mcolobby", "Motor City Online lobby and rooms", rooms, 4, nps_size, lobby)
register("mcots", "Motor City Online transactions", { 43300 }, 6, mcots_size, mcots)
